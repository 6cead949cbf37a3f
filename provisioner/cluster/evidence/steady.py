"""For how long something has been said without a break: the only memory that judging needs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Steady(Generic[K]):
    """Remembers since when each subject says the same; times are monotonic seconds."""

    def __init__(self) -> None:
        self._since: dict[K, dict[str, tuple[str, float]]] = {}

    def note(self, subject: K, marks: Mapping[str, str], now: float) -> dict[str, float]:
        """Take in what a subject says now; return for each mark how long it has said so."""
        before = self._since.get(subject, {})
        kept = {
            mark: before[mark] if mark in before and before[mark][0] == words else (words, now)
            for mark, words in marks.items()
        }
        self._since[subject] = kept
        return {mark: now - since for mark, (_, since) in kept.items()}

    def forget(self, subject: K) -> None:
        """Drop a subject that is gone."""
        self._since.pop(subject, None)
