"""The engine's only source of time.

A rehearsal plays faster than life, so every wait, deadline and timestamp of the engine asks a clock
that was passed in. Only real programs (OpenTofu, an API server) take their own time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Clock:
    """Time that runs ``speed`` times as fast as the machine's since ``origin``.

    ``origin`` is the machine's time (seconds since the Unix epoch) from which on it runs so, and
    ``offset`` how many seconds it was ahead of the machine then. Processes that share all three
    share their time. The default is the machine's own clock.
    """

    speed: float = 1.0
    origin: float = 0.0
    offset: float = 0.0

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self.at(time.time())

    def at(self, real: float) -> datetime:
        """Return this clock's moment at a moment of the machine's, in seconds since the epoch."""
        return datetime.fromtimestamp(self.origin, UTC) + timedelta(
            seconds=self.offset + (real - self.origin) * self.speed
        )

    def monotonic(self) -> float:
        """Return seconds of this clock that only ever grow; differences alone have a meaning."""
        return time.monotonic() * self.speed

    def real(self, seconds: float) -> float:
        """Return how many of the machine's seconds ``seconds`` of this clock take."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of this clock."""
        await asyncio.sleep(self.real(seconds))

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[asyncio.Timeout]:
        """Bound a block to ``seconds`` of this clock; raises TimeoutError when they are over."""
        return asyncio.timeout(None if seconds is None else self.real(seconds))

    async def wait_for(self, awaitable: Awaitable[T], seconds: float) -> T:
        """Await with a bound in seconds of this clock; raises TimeoutError."""
        async with self.timeout(seconds):
            return await awaitable
