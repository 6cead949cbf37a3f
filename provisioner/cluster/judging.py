"""From the index to one component's standing: asks the rules and keeps what must be steady."""

from __future__ import annotations

import msgspec

from provisioner.cluster.controllers import Suspect
from provisioner.cluster.evidence import delivery
from provisioner.cluster.evidence.flux_objects import SourceSeen
from provisioner.cluster.evidence.index import Index
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.evidence.proof import Proof, proof
from provisioner.cluster.evidence.releases import Scene, fault_of, judge, marks, missing
from provisioner.cluster.evidence.shapes import Key
from provisioner.cluster.evidence.steady import Steady
from provisioner.cluster.evidence.trouble import Trouble
from provisioner.cluster.evidence.verdict import Verdict
from provisioner.cluster.ladder import Probed, Standing, standing
from provisioner.cluster.ports import Answer
from provisioner.facts import ExpectedComponent, State

LAPSES = 2
"""Probes in a row that may fail before a component that answered counts as silent."""


class Judge:
    """Judges components; remembers only for how long things were said, and the last answers."""

    def __init__(self, index: Index, pace: Pace) -> None:
        self._index = index
        self._pace = pace
        self._steady: Steady[Key] = Steady()
        self._probed: dict[str, Probed] = {}
        self._known: dict[str, Trouble] = {}
        self._bearer: SourceSeen | None = None
        self.proven: set[str] = set()
        """Components whose workloads hold: those that are worth a probe."""

    def answered(self, component: str, answer: Answer) -> None:
        """Take in what a probe saw."""
        before = self._probed.get(component, Probed())
        failures = 0 if answer.ok else before.failures + 1
        holds = answer.ok or (before.holds and failures < LAPSES)
        self._probed[component] = Probed(holds=holds, said=answer.said, failures=failures)

    def judge(self, expected: ExpectedComponent, now: float) -> Standing:
        """Return where a component stands now; ``now`` in monotonic seconds."""
        verdicts = {
            key: self._verdict(key, now)
            for key in (Key(each.namespace, each.name) for each in expected.releases)
        }
        proven = proof(expected, self._index)
        if not all(_begun(each) for each in verdicts.values()):
            # What is there belongs to another release of the same component.
            proven = msgspec.structs.replace(proven, available=False)
        self._note(expected.name, proven)
        known = self._trouble(expected.name, proven, verdicts)
        probed = self._probed.get(expected.name, Probed())
        return standing(expected, verdicts, proven, probed, known)

    def _verdict(self, key: Key, now: float) -> Verdict:
        seen = self._index.release(key)
        if seen is None:
            return self._absent(key, now)
        source, origin = self._index.source(seen.source), self._index.source(seen.repository)
        found = fault_of(seen, source, origin)
        ages = self._steady.note(key, marks(seen, found), now)
        unmet = tuple(need for need in seen.needs if not self._done(need))
        return judge(seen, Scene(source, origin, unmet, ages, self._pace))

    def _absent(self, key: Key, now: float) -> Verdict:
        bringing = delivery.bearer(self._index.sources())
        if bringing is None:
            self._steady.forget(key)
            return missing(key)
        self._bearer = bringing = delivery.lasting(bringing, self._bearer)
        ages = self._steady.note(key, delivery.marks(bringing), now)
        return delivery.undelivered(key, bringing, ages, self._pace)

    def _done(self, key: Key) -> bool:
        seen = self._index.release(key)
        return seen is not None and seen.done

    def _note(self, component: str, proven: Proof) -> None:
        if proven.holds:
            self.proven.add(component)
            return
        self.proven.discard(component)
        before = self._probed.get(component)
        if before is not None and before.holds:
            # What answered before it fell proves nothing about what comes up after it.
            self._probed[component] = msgspec.structs.replace(before, holds=False, failures=0)

    def _trouble(
        self, component: str, proven: Proof, verdicts: dict[Key, Verdict]
    ) -> Trouble | None:
        """Return the last trouble of pods that are gone: Helm removes them between attempts."""
        if proven.trouble is not None:
            self._known[component] = proven.trouble
        elif proven.workloads or all(each.release for each in verdicts.values()):
            self._known.pop(component, None)
        return self._known.get(component)


def _begun(verdict: Verdict) -> bool:
    """Return whether a release may have made its workloads."""
    return verdict.release or verdict.state not in {State.WAITING, State.FETCHING, State.MISSING}


def silenced(own: Standing, suspect: Suspect, pace: Pace) -> Standing:
    """Return the standing of the component whose controller seems to be dead."""
    dead = suspect.seconds >= pace.dead
    detail = f"{suspect.controller} writes nothing, and {suspect.waiting} waits for it."
    return msgspec.structs.replace(
        own,
        state=State.FAILED if dead else State.DEGRADED,
        reason="silent",
        code="flux_silent",
        detail=f"{detail} {own.detail}".strip(),
    )
