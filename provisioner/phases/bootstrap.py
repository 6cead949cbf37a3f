"""Bootstrap: watch the cluster install its kit until the whole graph is healthy, and say so.

The watches of all kinds feed one board; what changes on it is journaled. The phase ends when all
has been healthy for the settling time, when something has failed and nothing else can move, or at
the deadline: never healthy on a timeout.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from provisioner.cluster.board import Board
from provisioner.cluster.ending import failed, hopeless, late
from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.graph import longest
from provisioner.cluster.patience import waiting
from provisioner.cluster.ports import Answer, Changed, Cluster, Lost, Resource, Snapshot
from provisioner.cluster.probes import Prober
from provisioner.errors import CatalystError
from provisioner.events import Remarked
from provisioner.facts import ExpectedComponent
from provisioner.run import Run

LEAST_DEADLINE = 30.0
"""Real seconds that real programs may need in the fastest world."""


async def bootstrap(run: Run, cluster: Cluster, expected: Sequence[ExpectedComponent]) -> None:
    """Return when every expected component has been healthy for the settling time.

    Raises BootstrapFailed when a component has failed and nothing else can move, Incomplete at the
    deadline, and what the way into the cluster raises.
    """
    usual = max((each.usual for each in expected), default=60.0)
    async with waiting(run.emit, run.clock, "bootstrap", "the whole kit to be healthy", usual):
        try:
            async with asyncio.TaskGroup() as group:
                watch = Watch(run, cluster, expected, group)
                await watch.until_settled()
                group.create_task(_leave())
        except* _Leave:
            pass
        except* CatalystError as failures:
            raise _first(failures) from None


class _Leave(Exception):
    """Ends the tasks of a group that have no end of their own."""


async def _leave() -> None:
    raise _Leave


def _first(failures: BaseExceptionGroup[CatalystError]) -> CatalystError:
    found = failures.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


class Watch:
    """Feeds the board from the cluster, and journals what it tells."""

    def __init__(
        self,
        run: Run,
        cluster: Cluster,
        expected: Sequence[ExpectedComponent],
        group: asyncio.TaskGroup,
    ) -> None:
        self._run = run
        self._clock = run.clock
        self._pace = Pace.of(run.clock)
        self._group = group
        self._board = Board(expected, self._pace, self._now())
        self._prober = Prober(cluster, run.clock, expected, self._answered)
        self._touched = asyncio.Event()
        self._lost: dict[Resource, str] = {}
        self._hopeless: float | None = None
        seconds = max(longest(expected), LEAST_DEADLINE * run.clock.speed)
        self._deadline = self._now() + seconds
        extra = {
            Resource(each.group, each.version, each.plural)
            for one in expected
            for each in one.conditions
        }
        for resource in (*kinds.WATCHED, *sorted(extra - set(kinds.WATCHED))):
            group.create_task(self._follow(cluster, resource))

    async def until_settled(self) -> None:
        """Return when everything is healthy; raises BootstrapFailed or Incomplete."""
        while not self._board.settled:
            now = self._now()
            for event in self._board.flush(now):
                self._run.emit(event)
            self._prober.want(self._board.proven, self._group)
            self._judge_end(now)
            await self._touched_within(min(self._board.wake(now), self._deadline - now))

    def _judge_end(self, now: float) -> None:
        board = self._board
        if board.settled:
            return
        if now >= self._deadline:
            raise late(board.lines, board.fallen)
        unchanged = {
            name: now - since - self._pace.unmoved for name, since in board.changed.items()
        }
        if board.blind or not hopeless(board.lines, unchanged):
            self._hopeless = None
            return
        self._hopeless = now if self._hopeless is None else self._hopeless
        if now - self._hopeless >= self._pace.settle:
            raise failed(board.lines)

    async def _touched_within(self, seconds: float) -> None:
        """Wait until something was heard, or some time has passed."""
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(max(seconds, 0.0)):
                await self._touched.wait()
        self._touched.clear()
        # A burst is taken in as one: what follows at once is heard before the next flush.
        await asyncio.sleep(0.01)

    async def _follow(self, cluster: Cluster, resource: Resource) -> None:
        messages: AsyncIterator[Snapshot | Changed | Lost] = cluster.kube.watch(resource)
        async for message in messages:
            self._board.feed(message, self._now())
            self._tell_loss(message)
            self._touched.set()

    def _tell_loss(self, message: Snapshot | Changed | Lost) -> None:
        resource = message.resource
        if isinstance(message, Lost):
            self._lost[resource] = message.reason
            text = f"{resource.plural} cannot be watched: {message.reason}"
            self._run.emit(Remarked(source="cluster", text=text, level="warning"))
        elif self._lost.pop(resource, None) is not None:
            text = f"{resource.plural} are watched again"
            self._run.emit(Remarked(source="cluster", text=text))

    def _answered(self, component: str, answer: Answer) -> None:
        self._board.answered(component, answer, self._now())
        self._touched.set()

    def _now(self) -> float:
        return self._clock.monotonic()
