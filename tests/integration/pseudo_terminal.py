"""A pseudo-terminal that keeps every byte that was written to it, and every picture."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

COLUMNS, LINES = 80, 24


class PseudoTerminal:
    """One program on a terminal of 80x24."""

    def __init__(self, program: Sequence[str], environment: Mapping[str, str]) -> None:
        self.written = b""
        self.pictures: list[str] = []
        """What stood on the screen after each read: only what differs is written, so that no
        word need be found in the bytes alone."""
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
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

    def blank(self) -> None:
        """Lose the picture, as when another program writes on the terminal."""
        self._screen.reset()
        self.pictures.append("")

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        # It controls no session, so that the system tells nobody.
        self._process.send_signal(signal.SIGWINCH)

    def until(
        self, text: str, seconds: float = 60, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Read until ``text`` is shown, doing something now and then; fails in the end."""
        until = time.monotonic() + seconds
        while not any(text in shown for shown in self.pictures[-1:]):
            meanwhile()
            assert time.monotonic() < until, f"{text} never came:\n{self.pictures[-1:]}"
            self._read(0.2)

    def _read(self, seconds: float) -> None:
        if not select.select([self._master], [], [], seconds)[0]:
            return
        data = os.read(self._master, 65536)
        self.written += data
        self._stream.feed(data)
        self.pictures.append("\n".join(self._screen.display))

    def close(self) -> None:
        """End the program and keep what it wrote last."""
        self._process.terminate()
        while self._process.poll() is None or select.select([self._master], [], [], 0)[0]:
            try:
                self._read(0.1)
            except OSError:
                # Closed on the other side, which Linux tells so.
                break
        self._process.wait()
        os.close(self._master)
