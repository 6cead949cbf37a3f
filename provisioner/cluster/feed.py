"""Feeds a board from a cluster: the watches of all kinds, the probes, and when to look at it again.

Whoever wants to know where a cluster stands uses this: the run that bootstraps it, and anybody who
looks at it long after.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from provisioner.clock import Clock
from provisioner.cluster.board import Board
from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.ports import Answer, Changed, Cluster, Lost, Resource, Snapshot
from provisioner.cluster.probes import Prober
from provisioner.errors import CatalystError
from provisioner.events import Event, Remarked
from provisioner.facts import ExpectedComponent


@contextlib.asynccontextmanager
async def feeding(
    cluster: Cluster, clock: Clock, expected: Sequence[ExpectedComponent]
) -> AsyncIterator[Feed]:
    """Yield a feed for as long as the block lasts; raises what the way into the cluster raises."""
    try:
        async with asyncio.TaskGroup() as group:
            yield Feed(cluster, clock, expected, group)
            group.create_task(_leave())
    except* _Leave:
        pass
    except* CatalystError as failures:
        raise _first(failures) from None


class Feed:
    """A board that is kept true by tasks of ``group`` for as long as those live."""

    def __init__(
        self,
        cluster: Cluster,
        clock: Clock,
        expected: Sequence[ExpectedComponent],
        group: asyncio.TaskGroup,
    ) -> None:
        self._clock = clock
        self._group = group
        self.pace = Pace.of(clock)
        self.board = Board(expected, self.pace, clock.monotonic())
        self._prober = Prober(cluster, clock, expected, self._answered)
        self._touched = asyncio.Event()
        self._lost: dict[Resource, str] = {}
        self._remarks: list[Event] = []
        extra = {
            Resource(each.group, each.version, each.plural)
            for one in expected
            for each in one.conditions
        }
        for resource in (*kinds.WATCHED, *sorted(extra - set(kinds.WATCHED))):
            group.create_task(self._follow(cluster, resource))

    def flush(self, now: float) -> list[Event]:
        """Return what has changed since the last flush; ``now`` in monotonic seconds."""
        remarks, self._remarks = self._remarks, []
        told = remarks + self.board.flush(now)
        self._prober.want(self.board.proven, self._group)
        return told

    async def touched(self, seconds: float) -> None:
        """Wait until something was heard, or for so many seconds of the world's clock."""
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(max(seconds, 0.0)):
                await self._touched.wait()
        self._touched.clear()
        # A burst is taken in as one: what follows at once is heard before the next flush.
        await asyncio.sleep(0.01)

    async def events(self) -> AsyncIterator[list[Event]]:
        """Yield for ever what changes; the first batches tell of all that is."""
        while True:
            now = self._clock.monotonic()
            if told := self.flush(now):
                yield told
            await self.touched(self.board.wake(now))

    async def _follow(self, cluster: Cluster, resource: Resource) -> None:
        messages: AsyncIterator[Snapshot | Changed | Lost] = cluster.kube.watch(resource)
        async for message in messages:
            self.board.feed(message, self._clock.monotonic())
            self._tell_loss(message)
            self._touched.set()

    def _tell_loss(self, message: Snapshot | Changed | Lost) -> None:
        resource = message.resource
        if isinstance(message, Lost):
            self._lost[resource] = message.reason
            text = f"{resource.plural} cannot be watched: {message.reason}"
            self._remarks.append(Remarked(source="cluster", text=text, level="warning"))
        elif self._lost.pop(resource, None) is not None:
            text = f"{resource.plural} are watched again"
            self._remarks.append(Remarked(source="cluster", text=text))

    def _answered(self, component: str, answer: Answer) -> None:
        self.board.answered(component, answer, self._clock.monotonic())
        self._touched.set()


class _Leave(Exception):
    """Ends the tasks of a group that have no end of their own."""


async def _leave() -> None:
    raise _Leave


def _first(failures: BaseExceptionGroup[CatalystError]) -> CatalystError:
    found = failures.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
