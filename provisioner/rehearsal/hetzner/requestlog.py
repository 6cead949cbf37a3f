"""Who asked what, and what it was told: kept in memory, bounded, for tests and benchmarks."""

from __future__ import annotations

from collections import deque
from itertools import islice

import msgspec

KEPT = 10_000
LONGEST = 80
"""Characters of a client's name that are kept."""


class Request(msgspec.Struct, frozen=True):
    """One answered request."""

    id: str
    """The correlation id that went back in its header."""
    at: float
    """Seconds since the Unix epoch on the world's clock."""
    method: str
    path: str
    """Below ``/v1``, without the query."""
    status: int
    agent: str = ""
    """What the client calls itself."""


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self.total = 0
        self._kept: deque[Request] = deque(maxlen=KEPT)

    def add(self, at: float, method: str, path: str, status: int, agent: str = "") -> str:
        """Remember a request and return its correlation id."""
        self.total += 1
        entry = Request(f"{self.total:016x}", at, method, path, status, agent[:LONGEST])
        self._kept.append(entry)
        return entry.id

    def last(self, count: int = KEPT) -> list[Request]:
        """Return the last requests, oldest first."""
        return list(islice(self._kept, max(0, len(self._kept) - count), None))

    def clear(self) -> None:
        """Forget all requests, and count from zero."""
        self.total = 0
        self._kept.clear()
