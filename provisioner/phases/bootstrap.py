"""Bootstrap: watch the cluster install its kit until the whole graph is healthy, and say so.

The watches of all kinds feed one board; what changes on it is journaled. The phase ends when all
has been healthy for the settling time, when something has failed and nothing else can move, or at
the deadline: never healthy on a timeout.
"""

from __future__ import annotations

from collections.abc import Sequence

from provisioner.cluster.ending import failed, hopeless, late
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.feed import Feed, feeding
from provisioner.cluster.graph import longest, usually
from provisioner.cluster.patience import waiting
from provisioner.cluster.ports import Cluster
from provisioner.facts import ExpectedComponent
from provisioner.run import Run
from provisioner.view import WHOLE_KIT

LEAST_DEADLINE = 30.0
"""Real seconds that real programs may need in the fastest world."""


async def bootstrap(run: Run, cluster: Cluster, expected: Sequence[ExpectedComponent]) -> None:
    """Return when every expected component has been healthy for the settling time.

    Raises BootstrapFailed when a component has failed and nothing else can move, Incomplete at the
    deadline, and what the way into the cluster raises.
    """
    usual = usually(expected, Pace().settle)
    async with (
        waiting(run.emit, run.clock, WHOLE_KIT, "the whole kit to be healthy", usual),
        feeding(cluster, run.clock, expected) as feed,
    ):
        await Ending(run, feed, expected).come()


class Ending:
    """Journals what the board tells, and judges when that is the end."""

    def __init__(self, run: Run, feed: Feed, expected: Sequence[ExpectedComponent]) -> None:
        self._run = run
        self._feed = feed
        self._hopeless: float | None = None
        seconds = max(longest(expected), LEAST_DEADLINE * run.clock.speed)
        self._deadline = run.clock.monotonic() + seconds

    async def come(self) -> None:
        """Return when everything is healthy; raises BootstrapFailed or Incomplete."""
        board = self._feed.board
        while not board.settled:
            now = self._run.clock.monotonic()
            for event in self._feed.flush(now):
                self._run.emit(event)
            self._judge(now)
            await self._feed.touched(min(board.wake(now), self._deadline - now))

    def _judge(self, now: float) -> None:
        board, pace = self._feed.board, self._feed.pace
        if board.settled:
            return
        if now >= self._deadline:
            raise late(board.lines, board.fallen, board.unseen)
        unchanged = {name: now - since - pace.unmoved for name, since in board.changed.items()}
        if board.blind or not hopeless(board.lines, unchanged):
            self._hopeless = None
            return
        self._hopeless = now if self._hopeless is None else self._hopeless
        if now - self._hopeless >= pace.settle:
            raise failed(board.lines)
