"""How far a bootstrap is, as a number that never goes back: a pure fold of events.

Each component weighs as much as it usually takes. Within it, each rung of its ladder has a share,
and what a release usually takes passes while it installs. The whole is 1 only when everything has
been healthy for the settling time.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from provisioner.events import AllHealthy, ComponentChanged, Event, KitApplied
from provisioner.facts import ExpectedComponent, Rung, State

SHARES = {Rung.SOURCE: 0.1, Rung.RELEASE: 0.6, Rung.WORKLOADS: 0.2, Rung.PROBE: 0.1}
"""How much of a component each rung is; what a component lacks goes to the others."""
MOST = 0.99
"""All there is before everything has settled."""
PASSING = 0.9
"""How much of a release's share may pass by time alone."""
MOVING = frozenset({State.INSTALLING, State.RETRYING})


class Progress(msgspec.Struct, kw_only=True):
    """The progress of one bootstrap, folded from its events."""

    weights: dict[str, float] = {}
    rungs: dict[str, tuple[Rung, ...]] = {}
    reached: dict[str, float] = {}
    """The best share that each component has had."""
    moving: dict[str, datetime] = {}
    """Since when a component installs."""
    settled: bool = False
    shown: float = 0.0
    """What it was at the newest event."""

    def advance(self, event: Event, at: datetime) -> None:
        """Move on by one event, in the order of the journal."""
        if isinstance(event, KitApplied):
            self._expect(event.components)
        elif isinstance(event, ComponentChanged):
            # What was shown until this moment is not taken back by what it says.
            self.shown = min(self.value(at), MOST)
            self.settled = self.settled and event.state is State.HEALTHY
            self._change(event, at)
        elif isinstance(event, AllHealthy):
            self.settled = True

    def value(self, at: datetime) -> float:
        """Return the progress at a time, from 0 to 1.

        Never less than at any earlier time since the kit was applied, whoever looks and since when;
        but for the whole, which is only told while everything is healthy.
        """
        if self.settled:
            return 1.0
        total = sum(self.weights.values())
        sum_ = sum(weight * self._share(name, at) for name, weight in self.weights.items())
        return max(self.shown, min(sum_ / total, MOST) if total else 0.0)

    def _expect(self, components: tuple[ExpectedComponent, ...]) -> None:
        self.weights = {each.name: max(each.usual, 1.0) for each in components}
        self.rungs = {each.name: each.rungs for each in components}
        self.reached, self.moving = {}, {}
        self.settled, self.shown = False, 0.0

    def _change(self, event: ComponentChanged, at: datetime) -> None:
        name = event.component
        if name not in self.weights:
            return
        if event.state in MOVING:
            self.moving.setdefault(name, at)
        else:
            self.reached[name] = self._share(name, at)
            self.moving.pop(name, None)
        done = 1.0 if event.state is State.HEALTHY else self._held(name, event.rungs)
        self.reached[name] = max(self.reached.get(name, 0.0), done)

    def _held(self, name: str, held: tuple[Rung, ...]) -> float:
        """Return the share of the rungs that hold from the bottom up without a gap."""
        own = self.rungs[name]
        whole = sum(SHARES[rung] for rung in own)
        share = 0.0
        for rung in own:
            if rung not in held:
                break
            share += SHARES[rung]
        return share / whole if whole else 0.0

    def _share(self, name: str, at: datetime) -> float:
        best = self.reached.get(name, 0.0)
        since = self.moving.get(name)
        if since is None:
            return best
        own = self.rungs[name]
        whole = sum(SHARES[rung] for rung in own) or 1.0
        before = SHARES[Rung.SOURCE] / whole if Rung.SOURCE in own else 0.0
        passed = min((at - since).total_seconds() / self.weights[name], 1.0)
        return max(best, before + passed * PASSING * SHARES[Rung.RELEASE] / whole)
