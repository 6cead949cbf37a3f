"""The board: takes in what the watches say and tells, as events, what became of it.

Pure but for its memory: the time is an argument (monotonic seconds of the world's clock), and what
comes out are the events of what is now, whenever one begins to look. A component is judged anew
only when something of its own was touched, and after a short silence, for one result of a
controller comes in several writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from provisioner.cluster.controllers import AT_ONCE, Controllers, Suspect
from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.index import Index
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.evidence.shapes import Key
from provisioner.cluster.headings import Headings
from provisioner.cluster.judging import Judge, silenced
from provisioner.cluster.ladder import Standing
from provisioner.cluster.pending import Pending
from provisioner.cluster.ports import Answer, Changed, Lost, Snapshot
from provisioner.cluster.waits import waits_on
from provisioner.events import AllHealthy, ComponentChanged, Event
from provisioner.facts import ExpectedComponent, State

LOOK = 5.0
"""Seconds between two looks at the controllers."""
FIRST = frozenset({kinds.HELM_RELEASES, kinds.DEPLOYMENTS})
"""Kinds that must have been listed before anything can be said."""


class Board:
    """Where every expected component stands."""

    def __init__(self, expected: Sequence[ExpectedComponent], pace: Pace, now: float) -> None:
        self._expected = {each.name: each for each in expected}
        self._pace = pace
        self._began = now
        self._index = Index(expected)
        self._judge = Judge(self._index, pace)
        self._controllers = Controllers(self._index, pace, now)
        self._headings = Headings(self._index)
        self._pending = Pending(pace.longest)
        self._standings: dict[str, Standing] = {}
        self._look = now
        self._healthy: float | None = None
        self.settled = False
        """Whether everything has been healthy for the settling time."""
        self._suspect: Suspect | None = None
        self._flux = _flux_of(expected)
        self.lines: dict[str, ComponentChanged] = {}
        """What was last told of each component."""
        self.changed: dict[str, float] = {}
        """When that was."""
        self.fallen: ComponentChanged | None = None
        """The last component that was healthy and is not any more, as it fell."""

    @property
    def blind(self) -> bool:
        """Whether a kind cannot be watched without which nothing can be called healthy."""
        return bool(self.unseen)

    @property
    def unseen(self) -> dict[str, str]:
        """Those kinds, each with why it cannot be watched."""
        lost = self._index.lost
        return {each.plural: lost[each] for each in sorted(kinds.NEEDED & lost.keys())}

    @property
    def proven(self) -> frozenset[str]:
        """The components whose workloads hold: those that are worth a probe."""
        return frozenset(self._judge.proven)

    def feed(self, message: Snapshot | Changed | Lost, now: float) -> None:
        """Take in what a watch said."""
        resource = message.resource
        first = isinstance(message, Snapshot) and resource not in self._index.listed
        touched = self._index.take(message)
        flux = resource in kinds.SOURCES or resource == kinds.HELM_RELEASES
        if touched and flux:
            self._controllers.moved(resource, now)
        if first:
            touched |= set(self._expected)
        wait = self._pace.quiet if flux else self._pace.brief
        for name in touched:
            self._pending.touch(name, now, wait)

    def answered(self, component: str, answer: Answer, now: float) -> None:
        """Take in what a probe saw."""
        self._judge.answered(component, answer)
        self._pending.touch(component, now, 0.0)

    def flush(self, now: float) -> list[Event]:
        """Return what has changed and has settled since the last flush."""
        self._look_at_controllers(now)
        if not self._listed():
            return []
        due = self._pending.take(now)
        names = due & set(self._expected)
        told = self._headings.told(due - names)
        told += self._lines(self._rejudged(names, now), now)
        return told + self._all_healthy(now)

    def wake(self, now: float) -> float:
        """Return the seconds after which a flush may have something to tell."""
        ahead = [self._look + LOOK]
        touched = self._pending.next() if self._listed() else None
        if touched is not None:
            ahead.append(touched)
        if self._healthy is not None and not self.settled:
            ahead.append(self._healthy + self._pace.settle)
        return max(0.0, min(ahead) - now)

    # --- inside -----------------------------------------------------------------------------------

    def _listed(self) -> bool:
        known = self._index.listed | set(self._index.lost)
        return self._index.listed >= FIRST and known >= kinds.NEEDED

    def _look_at_controllers(self, now: float) -> None:
        if now < self._look + LOOK:
            return
        self._look = now
        before = self._suspect
        self._suspect = next(iter(self._controllers.suspects(now)), None)
        if self._flux is not None and (self._suspect is not None or before is not None):
            self._pending.touch(self._flux, now, 0.0)

    def _rejudged(self, names: Iterable[str], now: float) -> set[str]:
        """Judge components anew; return those that are to be drawn anew.

        Where one moved, whoever waits may wait for something else.
        """
        changed: set[str] = set()
        moved = False
        ahead = list(names)
        for name in ahead:
            before = self._standings.get(name)
            made = self._judge.judge(self._expected[name], now)
            self._pending.at(name, None if made.due is None else now + made.due)
            if self._suspect is not None and name == self._flux:
                made = silenced(made, self._suspect, self._pace)
            made = msgspec.structs.replace(made, due=None)
            if made != before:
                self._standings[name] = made
                changed.add(name)
                if before is None or _place(before) != _place(made):
                    moved = True
                    keys = (
                        Key(each.namespace, each.name) for each in self._expected[name].releases
                    )
                    ahead += self._index.dependents(keys) - {*ahead}
        if moved:
            changed |= {
                name for name, each in self._standings.items() if each.state is State.WAITING
            }
        return changed

    def _lines(self, names: Iterable[str], now: float) -> list[Event]:
        """Return a line for each of these components that is to be drawn otherwise than before."""
        flux = self._standings.get(self._flux) if self._flux else None
        ill = self._flux if flux is not None and flux.state is not State.HEALTHY else None
        told: list[Event] = []
        for name in sorted(names):
            own = self._standings[name]
            roots = waits_on(name, self._standings, self._index.component_of.get, ill)
            line = _line(name, own, roots, self._standings)
            before = self.lines.get(name)
            fell = before is not None and before.state is State.HEALTHY
            if fell and line.state is not State.HEALTHY:
                self.fallen = line
            if line != before:
                self.lines[name] = line
                self.changed[name] = now
                told.append(line)
        return told

    def _all_healthy(self, now: float) -> list[Event]:
        standings = self._standings
        whole = len(standings) == len(self._expected) and not self.blind
        if not whole or any(each.state is not State.HEALTHY for each in standings.values()):
            self._healthy, self.settled = None, False
            return []
        self._healthy = now if self._healthy is None else self._healthy
        if self.settled or now - self._healthy < self._pace.settle:
            return []
        self.settled = True
        return [AllHealthy(seconds=round(now - self._began, 1))]


def _place(own: Standing) -> tuple[object, ...]:
    """Return what others look at."""
    return own.state, own.needs, own.queued


def _line(
    name: str, own: Standing, roots: tuple[str, ...], standings: dict[str, Standing]
) -> ComponentChanged:
    reason, detail = own.reason, own.detail
    if roots:
        root = standings[roots[0]]
        reason = roots[0]
        detail = f"Waits for {roots[0]}, which is {root.state.value}."
    return ComponentChanged(
        component=name,
        state=own.state,
        rungs=own.rungs,
        reason=reason,
        detail=detail,
        waits_on=roots,
        attempt=own.attempt,
        attempts=own.attempts,
        code=own.code,
    )


def _flux_of(expected: Sequence[ExpectedComponent]) -> str | None:
    """Return the component that is Flux: the one whose named workload is a Flux controller."""
    for each in expected:
        if any(workload.name in AT_ONCE for workload in each.workloads):
            return each.name
    return None
