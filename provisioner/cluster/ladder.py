"""The ladder of evidence: from what a component's objects prove to where it stands.

source fetched → release reconciled → workloads available → probe answers. A component is healthy
only at the top, and falls back when evidence goes. All of it follows from what is there now, so
whoever looks for the first time sees the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from provisioner.cluster.evidence.proof import Proof
from provisioner.cluster.evidence.shapes import Key
from provisioner.cluster.evidence.trouble import Trouble
from provisioner.cluster.evidence.verdict import Verdict
from provisioner.facts import ExpectedComponent, Rung, State

LEADING = (
    State.FAILED,
    State.MISSING,
    State.DEGRADED,
    State.SUSPENDED,
    State.RETRYING,
    State.INSTALLING,
    State.FETCHING,
    State.WAITING,
    State.INSTALLED,
)
"""Which of several releases speaks for the component: the first of these."""
UNANSWERED = 3
"""Probes in a row without an answer that count as a failure of something that ran."""
UNASKED = "probing"
"""The reason of a component whose probe was not answered yet, in one way or the other."""
EXPLAINED = frozenset({State.INSTALLING, State.RETRYING, State.FAILED})
"""States of a release that the trouble of its pods explains."""


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a component's probe has said so far."""

    holds: bool = False
    said: str = ""
    failures: int = 0
    """In a row, since the last answer."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one component stands by its own evidence."""

    state: State
    rungs: tuple[Rung, ...] = ()
    reason: str = ""
    detail: str = ""
    code: str = ""
    needs: tuple[Key, ...] = ()
    queued: bool = False
    attempt: int | None = None
    attempts: int | None = None
    due: float | None = None


def standing(
    expected: ExpectedComponent,
    verdicts: Mapping[Key, Verdict],
    proof: Proof,
    probed: Probed,
    known: Trouble | None,
) -> Standing:
    """Return where a component stands.

    ``known`` is the last trouble of its pods while they are gone between two attempts.
    """
    rungs = _rungs(expected, verdicts, proof, probed)
    open_ = [each for each in verdicts.values() if not each.release or each.state in _NEVER_DONE]
    if open_:
        lead = _lead(open_, frozenset(verdicts))
        return _released(lead, rungs, proof.trouble or known)
    due = min((each.due for each in verdicts.values() if each.due is not None), default=None)
    stale = next((each for each in verdicts.values() if each.reason), None)
    own = _proven(expected, rungs, proof, probed)
    if own.state is State.HEALTHY and stale is not None:
        own = msgspec.structs.replace(own, reason=stale.reason, detail=stale.detail)
    return msgspec.structs.replace(own, due=due)


_NEVER_DONE = frozenset({State.SUSPENDED, State.DEGRADED})


def _rungs(
    expected: ExpectedComponent, verdicts: Mapping[Key, Verdict], proof: Proof, probed: Probed
) -> tuple[Rung, ...]:
    held = {
        Rung.SOURCE: all(each.source for each in verdicts.values()),
        Rung.RELEASE: all(each.release for each in verdicts.values()),
        Rung.WORKLOADS: proof.holds,
        Rung.PROBE: proof.holds and probed.holds,
    }
    return tuple(rung for rung in expected.rungs if held[rung])


def _lead(open_: list[Verdict], own: frozenset[Key]) -> Verdict:
    """Return the release that speaks; one that waits for another of the same component is last."""

    def rank(verdict: Verdict) -> tuple[bool, int]:
        inside = bool(verdict.needs) and all(need in own for need in verdict.needs)
        return inside, LEADING.index(verdict.state)

    return min(open_, key=rank)


def _released(lead: Verdict, rungs: tuple[Rung, ...], trouble: Trouble | None) -> Standing:
    made = Standing(
        state=lead.state,
        rungs=rungs,
        reason=lead.reason,
        detail=lead.detail,
        code=lead.code,
        needs=lead.needs,
        queued=lead.queued,
        attempt=lead.attempt,
        attempts=lead.attempts,
        due=lead.due,
    )
    if trouble is None or lead.state not in EXPLAINED or lead.code in _SOURCES:
        return made
    return msgspec.structs.replace(
        made, reason=trouble.short, detail=trouble.sentence, code=trouble.code
    )


_SOURCES = frozenset({"source_failed", "source_missing", "chart_missing", "values_missing"})


def _proven(
    expected: ExpectedComponent, rungs: tuple[Rung, ...], proof: Proof, probed: Probed
) -> Standing:
    """Return where a component stands whose releases are all done."""
    if Rung.WORKLOADS in expected.rungs and not proof.holds:
        return _unproven(expected, rungs, proof)
    if Rung.PROBE in expected.rungs and not probed.holds:
        silent = probed.failures >= UNANSWERED
        target = expected.probe
        where = f"Service {target.namespace}/{target.service}:{target.port}" if target else ""
        return Standing(
            state=State.DEGRADED if silent else State.INSTALLED,
            rungs=rungs,
            reason="no answer" if probed.failures else UNASKED,
            detail=f"{where} does not answer: {probed.said}." if probed.said else "",
            code="probe_silent" if silent else "",
        )
    return Standing(state=State.HEALTHY, rungs=rungs)


def _unproven(expected: ExpectedComponent, rungs: tuple[Rung, ...], proof: Proof) -> Standing:
    if proof.trouble is not None:
        return Standing(
            state=State.DEGRADED,
            rungs=rungs,
            reason=proof.trouble.short,
            detail=proof.trouble.sentence,
            code=proof.trouble.code,
        )
    released = bool(expected.releases)
    going = State.INSTALLED if released else State.INSTALLING
    if proof.missing and not proof.workloads and not released:
        detail = f"Not there: {', '.join(proof.missing)}."
        return Standing(
            state=State.MISSING, rungs=rungs, reason="missing", detail=detail,
            code="workload_missing",
        )  # fmt: skip
    if proof.missing:
        detail = f"Not there: {', '.join(proof.missing)}."
        return Standing(state=going, rungs=rungs, reason="missing", detail=detail)
    if not proof.workloads and released and not expected.conditions:
        return Standing(
            state=State.INSTALLED, rungs=rungs, reason="no workload", code="no_workloads",
            detail=f"Flux calls {expected.name} installed, but it has made no workload.",
        )  # fmt: skip
    if not proof.available:
        reason = f"{proof.there}/{proof.wanted} pods"
        detail = f"{proof.unready} is not available: {reason} are." if proof.unready else ""
        return Standing(state=going, rungs=rungs, reason=reason, detail=detail)
    return Standing(state=going, rungs=rungs, reason="condition", detail=" ".join(proof.unmet))
