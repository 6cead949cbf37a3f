"""How long access waits for what, and how a wait is shown.

Seconds are the world's. A faster world shortens waits, yet real programs (sshd, an API server) take
their own time in it: every bound therefore has a least number of real seconds beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from provisioner.clock import Clock
from provisioner.events import Event, WaitFinished, WaitStarted

Emit = Callable[[Event], None]

LEAST_PAUSE = 0.05
"""Real seconds between two looks, so that a fast world does not spin."""


@dataclass(frozen=True)
class Bound:
    """A deadline: seconds of the world's clock, but never less than ``least`` real ones."""

    seconds: float
    least: float

    def real(self, clock: Clock) -> float:
        """Return the deadline in real seconds."""
        return max(clock.real(self.seconds), self.least)

    def of(self, clock: Clock) -> AbstractAsyncContextManager[asyncio.Timeout]:
        """Bound a block; raises TimeoutError when the time is over."""
        return asyncio.timeout(self.real(clock))


@dataclass(frozen=True)
class Patience:
    """Every deadline and usual time of access."""

    first_boot: Bound = Bound(1200, 30)
    """From the first attempt to a node until its last stage is done."""
    first_boot_usual: float = 150
    """A stock image took 47 s from power-on to k3s.yaml; the pod network and Flux come after."""
    grace: float = 180
    """From a node's first answer: a wrong host key or a refused operator key may be its boot."""
    poll: float = 2
    rotation: Bound = Bound(60, 15)
    rotation_usual: float = 3
    api: Bound = Bound(600, 30)
    api_usual: float = 15
    flux: Bound = Bound(600, 30)
    flux_usual: float = 20
    reconnect: Bound = Bound(120, 15)
    """How long one request waits for the link and the API to come back."""
    doubt: float = 5
    """A link younger than this is not doubted: the failure belongs to the one before it."""
    kind: Bound = Bound(60, 10)
    """How long an apply waits until its kind is served."""
    backoff_least: float = 0.5
    backoff_most: float = 20


async def pause(clock: Clock, seconds: float) -> None:
    """Sleep for ``seconds`` of the world's clock, yet long enough not to spin."""
    await clock.sleep(max(seconds, LEAST_PAUSE * clock.speed))


def backoff(patience: Patience, attempt: int) -> float:
    """Return the seconds to wait after failure number ``attempt``, counted from 1."""
    return min(patience.backoff_least * 2.0 ** min(attempt - 1, 16), patience.backoff_most)


@asynccontextmanager
async def waiting(
    emit: Emit, clock: Clock, key: str, what: str, usual: float, bound: Bound | None = None
) -> AsyncIterator[None]:
    """Say that the run waits, and for what, for as long as the block lasts.

    Raises TimeoutError when a ``bound`` is given and over.
    """
    began = clock.monotonic()
    emit(WaitStarted(key=key, what=what, usual=usual))
    try:
        async with asyncio.timeout(bound.real(clock) if bound else None):
            yield
    finally:
        emit(WaitFinished(key=key, seconds=clock.monotonic() - began))
