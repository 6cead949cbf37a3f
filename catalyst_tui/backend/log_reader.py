"""Reading what a run says as it grows: bytes and positions of its files, and its journal."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import msgspec

from provisioner.clock import Clock
from provisioner.errors import JournalError
from provisioner.events import Recorded
from provisioner.home import SovereignFolder
from provisioner.journal import JournalReader
from screens.logs.parsing import LogLine, clean
from screens.ports import RawLines
from screens.repeating import Repeating
from screens.words import level_of, line_of

EVERY = 0.25
"""Seconds between two looks: four batches a second, however fast a program writes."""
CHUNK = 256 * 1024
"""Bytes that are read of one file in one look."""
FAR = 4 * 1024 * 1024
"""Bytes behind the end at which reading goes on at the end: nobody could read what lies between."""
BEHIND = 64 * 1024
"""Bytes of the end of a file that are shown to somebody who comes late."""
EVENTS = 200
"""The newest events that are shown to somebody who comes late."""
_STAMP = re.compile(
    r'"@timestamp":"(?P<typed>[^"]+)"'
    r"|^(?P<plain>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:?\d\d))"
)
TIME_OF_DAY = "%H:%M:%S"
Mask = Callable[[str], str]
TOFU = "tofu"
SUFFIXES = frozenset({".jsonl", ".log"})
RUNNER = "process.log"
"""The one file in which not OpenTofu speaks, but the runner."""


def _source(path: Path) -> str:
    return "run" if path.name == RUNNER else TOFU


class LogFile:
    """One file, and how far it was read."""

    def __init__(self, path: Path, offset: int) -> None:
        self.path = path
        self._offset = offset
        self._rest = b""
        self.written = 0.0
        """When it was written to last, in seconds since the epoch."""
        self._skip = offset > 0
        """Whether the first, broken, line is to be left out."""

    def read(self) -> list[str]:
        """Return the complete lines that are new; blocks on the disk."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                left_out = self._caught_up(status.st_size)
                file.seek(self._offset)
                found = file.read(CHUNK)
        except OSError:
            return []
        self._offset += len(found)
        self.written = status.st_mtime
        *lines, self._rest = (self._rest + found).split(b"\n")
        if self._skip and lines:
            self._skip = False
            del lines[0]
        # A line without an end would grow for ever.
        self._rest = self._rest[:CHUNK]
        return left_out + [line.decode("utf-8", "replace") for line in lines if line.strip()]

    def _caught_up(self, size: int) -> list[str]:
        """Go on at the end where it is far ahead; return the line that says so."""
        ahead = size - self._offset
        if ahead <= FAR:
            return []
        self._offset, self._rest, self._skip = size - CHUNK, b"", True
        return [f"... {(ahead - CHUNK) / 1e6:.1f} MB came too fast; they are in {self.path.name}"]


class LogFolder:
    """The files of one Sovereign's newest run; new ones are found as they appear."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, LogFile] = {}
        self._first = True

    def read(self) -> list[RawLines]:
        """Return the new lines of each file; blocks on the disk."""
        for path in self._new():
            self._files[path] = LogFile(path, self._start(path))
        self._first = False
        found = [(file, file.read()) for file in self._files.values()]
        return [
            RawLines(_source(file.path), lines, written=file.written)
            for file, lines in found
            if lines
        ]

    def _new(self) -> list[Path]:
        try:
            found = [path for path in self._folder.iterdir() if path.suffix in SUFFIXES]
        except OSError:
            return []
        typed = {path.with_suffix("") for path in found if path.suffix == ".jsonl"}
        # What a program says in typed messages stands in its plain log once more.
        once = [p for p in found if p.suffix == ".jsonl" or p.with_suffix("") not in typed]
        return sorted((p for p in once if p not in self._files), key=_age)

    def _start(self, path: Path) -> int:
        if not self._first:
            return 0
        try:
            return max(path.stat().st_size - BEHIND, 0)
        except OSError:
            return 0


class JournalTail:
    """What the newest events say, in words; what OpenTofu says stands in its own files."""

    def __init__(self, folder: SovereignFolder) -> None:
        self._folder = folder
        self._reader: JournalReader | None = None
        self._after = 0
        self._repeating = Repeating()

    def read(self) -> list[RawLines]:
        """Return what is new; blocks on the disk."""
        try:
            if self._reader is None:
                self._reader = JournalReader(self._folder.journal, self._folder.fqdn)
            # Of what comes faster than it could be read, the end counts.
            self._after = max(self._after, self._reader.last() - EVENTS)
            new = self._reader.read(self._after)
        except JournalError:
            # Whoever follows the journal says what is wrong with it.
            return []
        self._after = new[-1].seq if new else self._after
        said = [line for each in new if (line := self._said(each)) is not None]
        return [RawLines("", said=said)] if said else []

    def close(self) -> None:
        """Close the journal."""
        if self._reader is not None:
            self._reader.close()

    def _said(self, recorded: Recorded) -> LogLine | None:
        line = line_of(recorded.event)
        if line is None or line[0] == TOFU or self._repeating.repeats(recorded.event, line[1]):
            return None
        source, text = line
        at = f"{recorded.at.astimezone():{TIME_OF_DAY}}"
        return LogLine(at, source, level_of(recorded.event), clean(text))


def timed(line: str, clock: Clock) -> str:
    """Return a line of OpenTofu's with the time of ``clock`` here, as the journal's is told.

    It wrote the machine's time, in its own zone; where the world runs faster it is another one.
    """
    found = _STAMP.search(line)
    if found is None:
        return line
    try:
        real = datetime.fromisoformat(found[found.lastgroup or 0]).timestamp()
    except ValueError:
        return line
    told = f"{clock.at(real).astimezone():%Y-%m-%dT%H:%M:%S}"
    start, end = found.span(found.lastgroup or 0)
    return line[:start] + told + line[end:]


async def read_logs(folder: SovereignFolder, mask: Mask, clock: Clock) -> AsyncIterator[RawLines]:
    """Yield what a run's files and its journal say, at most four times a second, for ever.

    What programs wrote themselves goes through ``mask`` and gets the time of the world's ``clock``;
    the runner masked the journal's words.
    """
    files, journal = LogFolder(folder.logs), JournalTail(folder)
    try:
        while True:
            for read in (files.read, journal.read):
                for each in await asyncio.to_thread(read):
                    yield _told(each, mask, clock)
            await asyncio.sleep(EVERY)
    finally:
        journal.close()


def _told(read: RawLines, mask: Mask, clock: Clock) -> RawLines:
    lines = [timed(mask(line), clock) for line in read.lines]
    at = f"{clock.at(read.written).astimezone():{TIME_OF_DAY}}" if read.written else ""
    return msgspec.structs.replace(read, lines=lines, at=at)


def _age(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.name
    except OSError:
        return 0.0, path.name
