"""A zone in memory whose writers are stepped one request at a time, in any order."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import coroutine
from typing import Any

from provisioner.clock import Clock
from provisioner.dns.records import Record, Zone

START = datetime(2026, 1, 1, tzinfo=UTC)
MOST_STEPS = 4000
Writer = Callable[["SharedZone", "SteppedClock"], Coroutine[Any, Any, Any]]


@coroutine
def step() -> Generator[None, None, None]:
    """Let the others move first."""
    yield


@dataclass
class SharedZone:
    """A ZoneApi without a provider; ``writes`` counts the writes of the whole zone."""

    zone: Zone
    writes: int = 0

    @property
    def domain(self) -> str:
        """The zone's name."""
        return self.zone.domain

    async def read(self) -> Zone:
        """Return the zone; the answer may be old when it arrives."""
        await step()
        seen = self.zone
        await step()
        return seen

    async def add(self, records: Sequence[Record]) -> None:
        """Append."""
        await step()
        self.zone = self.zone.having([*self.zone.records, *records])
        await step()

    async def replace(self, zone: Zone) -> None:
        """Replace."""
        await step()
        self.writes += 1
        self.zone = zone
        await step()


@dataclass(frozen=True)
class SteppedClock(Clock):
    """A clock that moves a little with each sleep: no writer is ever taken for dead."""

    passed: list[float] = field(default_factory=lambda: [0.0])

    def now(self) -> datetime:
        """Return how late it is."""
        return START + timedelta(seconds=self.passed[0])

    async def sleep(self, seconds: float) -> None:
        """Let the others move."""
        self.passed[0] += min(seconds, 0.001)
        await step()


def interleaved(zone: Zone, choices: Sequence[int], *writers: Writer) -> tuple[Zone, list[Any]]:
    """Run writers in the order that ``choices`` say, then in turns; return the zone and the ends.

    The end of a writer is what it returned or raised.
    """
    return stepped(SharedZone(zone), choices, *writers)


def stepped(shared: SharedZone, choices: Sequence[int], *writers: Writer) -> tuple[Zone, list[Any]]:
    """Run writers on a provider; see ``interleaved``."""
    clock = SteppedClock()
    running = {number: writer(shared, clock) for number, writer in enumerate(writers)}
    ends: list[Any] = [None] * len(writers)
    order = list(choices)
    for count in range(MOST_STEPS):
        if not running:
            return shared.zone, ends
        alive = sorted(running)
        chosen = alive[(order[count] if count < len(order) else count) % len(alive)]
        try:
            running[chosen].send(None)
        except StopIteration as done:
            ends[chosen] = done.value
            del running[chosen]
        except Exception as error:  # noqa: BLE001  # what a writer raises is its end
            ends[chosen] = error
            del running[chosen]
    raise AssertionError("the writers do not come to an end")
