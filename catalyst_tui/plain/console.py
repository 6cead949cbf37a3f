"""Lines in and out: what a conversation needs of a terminal, a pipe or a file."""

from __future__ import annotations

import asyncio
import os
import select
import termios
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Protocol

WIDTH = 78
LONGEST = 64 * 1024
"""Bytes; whatever is longer is no answer, and is cut here."""
DROPPED = "More than one line came at once; only the first was taken."


class Console(Protocol):
    """Where a conversation happens."""

    def say(self, text: str = "") -> None:
        """Show a paragraph, or an empty line."""
        ...

    async def read(self, prompt: str, *, secret: bool = False) -> str:
        """Return the next line without its end; raises EOFError when there will be none."""
        ...


class LineConsole:
    """Reads a descriptor without blocking the event loop; nothing typed as a secret is echoed."""

    def __init__(self, write: Callable[[str], None], descriptor: int = 0) -> None:
        self._write = write
        self._descriptor = descriptor
        self._typed_at = os.isatty(descriptor)
        self._read = b""

    def say(self, text: str = "") -> None:
        """Show a paragraph, wrapped, or an empty line."""
        for line in text.splitlines() or [""]:
            indent = " " * (len(line) - len(line.lstrip()))
            wrapped = textwrap.fill(
                line, WIDTH, subsequent_indent=f"{indent}  ", break_long_words=False
            )
            self._write(f"{wrapped}\n")

    async def read(self, prompt: str, *, secret: bool = False) -> str:
        """Return the next line; raises EOFError when there will be none."""
        hiding = secret and self._typed_at
        # Silent before it asks: whoever answers at once must not be echoed either.
        with _silent(self._descriptor) if hiding else nullcontext():
            self._write(prompt)
            line = await self._line()
        if hiding or not self._typed_at:
            self._write("\n")
        if self._typed_at and _drained(self._descriptor):
            self._read = b""
            self.say(DROPPED)
        return line.decode("utf-8", "replace").rstrip("\r")

    async def _line(self) -> bytes:
        while b"\n" not in self._read and len(self._read) < LONGEST:
            chunk = await self._chunk()
            if not chunk and not self._read:
                raise EOFError
            self._read += chunk or b"\n"
        line, _, self._read = self._read.partition(b"\n")
        return line

    async def _chunk(self) -> bytes:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._descriptor, _wake, ready)
        except PermissionError:
            # A file on the disk cannot be waited for: it is always ready.
            return os.read(self._descriptor, LONGEST)
        try:
            await ready
            return os.read(self._descriptor, LONGEST)
        except OSError:
            # The terminal is gone.
            return b""
        finally:
            loop.remove_reader(self._descriptor)


def _wake(ready: asyncio.Future[None]) -> None:
    # It may be called once more before whoever waits has run.
    if not ready.done():
        ready.set_result(None)


@contextmanager
def _silent(descriptor: int) -> Iterator[None]:
    """Show nothing of what is typed within the block."""
    before = termios.tcgetattr(descriptor)
    after = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    # Not flushed: what was pasted a moment too early is no less meant.
    termios.tcsetattr(descriptor, termios.TCSADRAIN, after)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _drained(descriptor: int) -> bool:
    """Throw away the lines that came with the last one; returns whether there were any."""
    found = False
    while select.select([descriptor], [], [], 0)[0]:
        if not os.read(descriptor, LONGEST):
            break
        found = True
    return found
