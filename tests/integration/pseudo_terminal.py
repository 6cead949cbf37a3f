"""A pseudo-terminal that keeps every byte that was written to it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence


class PseudoTerminal:
    """One program on a terminal of 80x24."""

    def __init__(self, program: Sequence[str], environment: Mapping[str, str]) -> None:
        self.written = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            program,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            start_new_session=True,
        )
        os.close(slave)

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._master, keys.encode())

    def until(
        self, text: str, seconds: float = 60, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Read until ``text`` was written, doing something now and then; fails in the end."""
        until = time.monotonic() + seconds
        while text.encode() not in self.written:
            meanwhile()
            assert time.monotonic() < until, f"{text} never came: {self.written[-2000:]!r}"
            if select.select([self._master], [], [], 0.2)[0]:
                self.written += os.read(self._master, 65536)

    def close(self) -> None:
        """End the program and keep what it wrote last."""
        self._process.terminate()
        while self._process.poll() is None or select.select([self._master], [], [], 0)[0]:
            if select.select([self._master], [], [], 0.1)[0]:
                try:
                    self.written += os.read(self._master, 65536)
                except OSError:
                    # Closed on the other side, which Linux tells so.
                    break
        self._process.wait()
        os.close(self._master)
