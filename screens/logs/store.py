"""The newest lines of a log, a bounded number of them, and which of them are looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from screens.logs.parsing import LogLine

KEPT = 10_000
"""Lines that are kept for scrolling; the files keep all."""


class LogStore:
    """A window on the newest lines."""

    def __init__(self, kept: int = KEPT) -> None:
        self._lines: deque[LogLine] = deque(maxlen=kept)
        self.total = 0
        """Lines that ever came."""
        self.following = True
        """Whether the window stays at the end."""
        self._end = 0
        """Total at which the window was stopped."""

    def add(self, lines: Iterable[LogLine]) -> None:
        """Append lines; the oldest fall out."""
        before = self.total
        for line in lines:
            self._lines.append(line)
            self.total += 1
        if self.following:
            self._end = self.total
        # A stopped window still moves on when what it shows falls out.
        elif self.total != before:
            self._end = max(self._end, self.total - len(self._lines) + 1)

    def pause(self) -> None:
        """Keep the window where it is."""
        self.following = False

    def follow(self) -> None:
        """Stay at the end from now on."""
        self.following, self._end = True, self.total

    def scroll(self, by: int, height: int) -> None:
        """Move the window by some lines; reaching the end follows again."""
        self.pause()
        oldest = self.total - len(self._lines)
        least = min(oldest + height, self.total)
        self._end = max(least, min(self._end + by, self.total))
        if self._end == self.total and by > 0:
            self.follow()

    def window(self, height: int) -> list[LogLine]:
        """Return at most ``height`` lines that end where the window does."""
        oldest = self.total - len(self._lines)
        end = self._end - oldest
        return [self._lines[at] for at in range(max(0, end - height), end)]

    @property
    def behind(self) -> int:
        """How many newer lines the window does not show."""
        return self.total - self._end
