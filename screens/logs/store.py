"""The newest lines of a log, a bounded number of them, and which of them are looked at.

Lines are numbered from 0 in the order they came. What is looked at ends before the number ``_end``
and holds only lines of the chosen source and level. A line that says again what the one before it
said takes no row of its own: it is counted. All are kept, searched and saved.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from screens.logs.parsing import LEVELS, LogLine

KEPT = 10_000
"""Lines that are kept for scrolling; the files keep all."""
_RANK = {level: rank for rank, level in enumerate(LEVELS)}


class Shown(NamedTuple):
    """Lines that are shown as one."""

    first: int
    """The number of the oldest of them."""
    last: int
    line: LogLine
    """The newest of them."""
    times: int
    """How many say the same, one after the other."""


class LogStore:
    """A window on the newest lines."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lines: list[LogLine] = []
        self.total = 0
        """Lines that ever came."""
        self.following = True
        """Whether the window stays at the end."""
        self._end = 0
        """Number before which the window was stopped."""
        self.level = LEVELS[0]
        """The least level that is shown."""
        self.source = ""
        """The only source that is shown; empty shows all."""
        self.sources: list[str] = []
        """Those that have said something."""
        self.pattern = ""
        """What is searched for, in small letters."""
        self.hit: int | None = None
        """Number of the line that the search stands on; the oldest of those shown as one."""

    @property
    def _oldest(self) -> int:
        return self.total - len(self._lines)

    def add(self, lines: Iterable[LogLine]) -> None:
        """Append lines; the oldest fall out."""
        new = list(lines)
        self._lines += new
        self.total += len(new)
        for source in {line.source for line in new} - set(self.sources):
            self.sources.append(source)
        # Cut in large pieces: each cut moves everything that stays.
        if len(self._lines) > self._kept + self._kept // 4:
            del self._lines[: len(self._lines) - self._kept]
        if self.following:
            self._end = self.total
        # A stopped window still moves on when what it shows falls out.
        elif new:
            self._end = max(self._end, self._oldest + 1)

    def pause(self) -> None:
        """Keep the window where it is."""
        self.following = False

    def follow(self) -> None:
        """Stay at the end from now on."""
        self.following, self._end, self.hit = True, self.total, None

    def shows(self, line: LogLine) -> bool:
        """Return whether a line is of the chosen source and level."""
        if self.source and line.source != self.source:
            return False
        return _RANK.get(line.level, 1) >= _RANK[self.level]

    def scroll(self, by: int, height: int) -> None:
        """Move the window by some rows; reaching the end follows again."""
        self.pause()
        shown = list(self._backwards(self.total))[::-1]
        at = bisect_left([each.first for each in shown], self._end)
        to = max(min(height, len(shown)), min(at + by, len(shown)))
        if to == len(shown) and by > 0:
            self.follow()
        elif shown:
            self._end = shown[to - 1].last + 1

    def window(self, height: int) -> list[Shown]:
        """Return at most ``height`` rows that end where the window does."""
        return list(islice(self._backwards(self._end), height))[::-1]

    def _backwards(self, end: int) -> Iterator[Shown]:
        """Yield what is shown before a number, the newest first."""
        oldest = self._oldest
        # Plain names in place of an object a line: thousands may say the same.
        newest: LogLine | None = None
        first = last = times = 0
        for at in range(end - oldest - 1, -1, -1):
            line = self._lines[at]
            if not self.shows(line):
                continue
            if newest is not None and _same(line, newest):
                first, times = oldest + at, times + 1
                continue
            if newest is not None:
                yield Shown(first, last, newest, times)
            newest, first, last, times = line, oldest + at, oldest + at, 1
        if newest is not None:
            yield Shown(first, last, newest, times)

    def search(self, pattern: str, height: int) -> bool:
        """Look for a text, from the newest line on; returns whether there is one."""
        self.pattern, self.hit = pattern.strip().lower(), None
        return bool(self.pattern) and self.step(height, older=True)

    def step(self, height: int, *, older: bool) -> bool:
        """Go to the next older or newer line that holds the pattern; False where there is none."""
        shown = list(self._backwards(self.total))[::-1]
        hits = [each.first for each in shown if self.holds(each.line)]
        here = self.hit if self.hit is not None else self.total
        at = bisect_left(hits, here) - 1 if older else bisect_right(hits, here)
        if not 0 <= at < len(hits):
            return False
        self.pause()
        self.hit = hits[at]
        # What follows a line explains it as often as what came before.
        row = bisect_left([each.first for each in shown], self.hit)
        below = min(row + 1 + height // 3, len(shown))
        self._end = shown[max(below, min(height, len(shown))) - 1].last + 1
        return True

    def holds(self, line: LogLine) -> bool:
        """Return whether a line holds what is searched for."""
        return bool(self.pattern) and self.pattern in line.text.lower()

    def everything(self) -> Iterator[LogLine]:
        """Yield every kept line of the chosen source and level."""
        return (line for line in self._lines if self.shows(line))

    @property
    def behind(self) -> int:
        """How many newer lines the window does not show."""
        if not self.source and self.level == LEVELS[0]:
            return self.total - self._end
        return sum(self.shows(line) for line in self._lines[self._end - self._oldest :])


def _same(one: LogLine, other: LogLine) -> bool:
    """Return whether two lines say the same, whenever each was said."""
    return one.text == other.text and one.source == other.source and one.level == other.level
