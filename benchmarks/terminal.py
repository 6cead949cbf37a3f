"""A program on a pseudo-terminal, as benchmarks need it: what it draws, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self


class OnTerminal:
    """Runs Python on 80x24 until the block ends."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8"}
            | environment,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    def until(self, text: str, seconds: float = 30) -> float:
        """Return the seconds from the start until ``text`` was drawn; raises TimeoutError."""
        seen, wanted = b"", text.encode()
        latest = time.perf_counter() + seconds
        while time.perf_counter() < latest:
            seen += self.read(0.05)
            if wanted in seen:
                return time.perf_counter() - self.began
        raise TimeoutError(text)

    def read(self, seconds: float) -> bytes:
        """Return what comes within some time, or nothing."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        return os.read(self._master, 1 << 16) if ready else b""

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def drain(self, seconds: float) -> None:
        """Read for some time what nobody waits for."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.read(left)
