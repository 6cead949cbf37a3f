"""What was touched and waits for silence, and what time alone will change."""

from __future__ import annotations


class Pending:
    """Names that are to be looked at again; times are monotonic seconds."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._touched: dict[str, tuple[float, float]] = {}
        """When it was first touched, and when it will have been silent for long enough."""
        self._timers: dict[str, float] = {}

    def touch(self, name: str, now: float, silence: float) -> None:
        """Look at a name after ``silence``, or at the longest after a burst has gone on."""
        first, quiet = self._touched.get(name, (now, now))
        self._touched[name] = (first, max(quiet, now + silence))

    def at(self, name: str, when: float | None) -> None:
        """Look at a name at a time, too; None takes that back."""
        if when is None:
            self._timers.pop(name, None)
        else:
            self._timers[name] = when

    def take(self, now: float) -> set[str]:
        """Return the names that are due, and forget them."""
        due = {name for name, when in self._times() if when <= now}
        for name in due:
            self._touched.pop(name, None)
            if self._timers.get(name, now + 1) <= now:
                del self._timers[name]
        return due

    def next(self) -> float | None:
        """Return when the next name is due."""
        return min((when for _, when in self._times()), default=None)

    def _times(self) -> list[tuple[str, float]]:
        touched = [
            (name, min(quiet, first + self._longest))
            for name, (first, quiet) in self._touched.items()
        ]
        return touched + list(self._timers.items())
