"""The newest lines of a log, a bounded number of them, and which of them are looked at.

Lines are numbered from 0 in the order they came. What is looked at ends before the number ``_end``
and holds only lines of the chosen source and level.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from screens.logs.parsing import LEVELS, LogLine

KEPT = 10_000
"""Lines that are kept for scrolling; the files keep all."""
_RANK = {level: rank for rank, level in enumerate(LEVELS)}


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
        """Number of the line that the search stands on."""

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
        """Move the window by some lines; reaching the end follows again."""
        self.pause()
        shown = self._shown()
        at = bisect_left(shown, self._end)
        to = max(min(height, len(shown)), min(at + by, len(shown)))
        if to == len(shown) and by > 0:
            self.follow()
        elif shown:
            self._end = shown[to - 1] + 1

    def window(self, height: int) -> list[LogLine]:
        """Return at most ``height`` lines that end where the window does."""
        return [line for _, line in self.numbered(height)]

    def numbered(self, height: int) -> list[tuple[int, LogLine]]:
        """Return the same lines with their numbers."""
        found: list[tuple[int, LogLine]] = []
        oldest = self._oldest
        for at in range(self._end - oldest - 1, -1, -1):
            if len(found) >= height:
                break
            if self.shows(self._lines[at]):
                found.append((oldest + at, self._lines[at]))
        return found[::-1]

    def search(self, pattern: str, height: int) -> bool:
        """Look for a text, from the newest line on; returns whether there is one."""
        self.pattern, self.hit = pattern.strip().lower(), None
        return bool(self.pattern) and self.step(height, older=True)

    def step(self, height: int, *, older: bool) -> bool:
        """Go to the next older or newer line that holds the pattern; False where there is none."""
        shown = self._shown()
        hits = [number for number in shown if self.holds(self._lines[number - self._oldest])]
        here = self.hit if self.hit is not None else self.total
        at = bisect_left(hits, here) - 1 if older else bisect_right(hits, here)
        if not 0 <= at < len(hits):
            return False
        self.pause()
        self.hit = hits[at]
        # What follows a line explains it as often as what came before.
        below = min(bisect_left(shown, self.hit) + 1 + height // 3, len(shown))
        self._end = shown[max(below, min(height, len(shown))) - 1] + 1
        return True

    def holds(self, line: LogLine) -> bool:
        """Return whether a line holds what is searched for."""
        return bool(self.pattern) and self.pattern in line.text.lower()

    def everything(self) -> Iterator[LogLine]:
        """Yield every kept line of the chosen source and level."""
        return (line for line in self._lines if self.shows(line))

    def _shown(self) -> list[int]:
        oldest = self._oldest
        return [oldest + at for at, line in enumerate(self._lines) if self.shows(line)]

    @property
    def behind(self) -> int:
        """How many newer lines the window does not show."""
        if not self.source and self.level == LEVELS[0]:
            return self.total - self._end
        return sum(self.shows(line) for line in self._lines[self._end - self._oldest :])
