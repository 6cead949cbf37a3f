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

import pyte

COLUMNS, LINES = 80, 24


class OnTerminal:
    """Runs Python on 80x24 until the block ends."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._unseen = b""
        """What was read and not drawn yet: drawing takes time that nobody should measure."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={
                "PATH": os.environ["PATH"],
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                **environment,
            },
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
        return self._drawn(text, self.began, seconds)

    def press(self, keys: bytes, text: str, seconds: float = 10) -> float:
        """Press keys; return the seconds until ``text`` was drawn; raises TimeoutError."""
        began = time.perf_counter()
        self.write(keys)
        return self._drawn(text, began, seconds)

    def _drawn(self, text: str, since: float, seconds: float) -> float:
        latest = time.perf_counter() + seconds
        while (came := time.perf_counter()) < latest:
            if text in self.picture:
                return came - since
            self.read(0.05)
        raise TimeoutError(f"{text}:\n{self.picture}")

    @property
    def picture(self) -> str:
        """What the terminal shows: of what differs alone, no word need be sent whole."""
        self._stream.feed(self._unseen)
        self._unseen = b""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def read(self, seconds: float) -> bytes:
        """Return what comes within some time, or nothing."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        found = os.read(self._master, 1 << 16) if ready else b""
        self._unseen += found
        return found

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def drain(self, seconds: float) -> None:
        """Read for some time what nobody waits for."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.read(left)
