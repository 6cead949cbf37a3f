"""How each event moves the view: one small function an event, none of which looks elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from provisioner import events as e
from provisioner import folding_cluster
from provisioner.events import Event, Recorded
from provisioner.facts import Outcome, PhaseName
from provisioner.folding_steps import Step, registering
from provisioner.journal import JournalReader
from provisioner.meter import advance_meter
from provisioner.view import (
    FOLD,
    REMARKS,
    WHOLE_KIT,
    PhaseLine,
    ResourceLine,
    View,
    WaitLine,
)

_STEPS: dict[type[Event], Step[Any]] = dict(folding_cluster.STEPS)
_on = registering(_STEPS)


def fold(view: View, recorded: Iterable[Recorded]) -> View:
    """Advance ``view`` by events in order, in place, and return it."""
    for each in recorded:
        advance(view, each)
    return view


def load(path: Path, fqdn: str) -> View:
    """Return the fold of everything in a journal, from its newest checkpoint on.

    Blocks on the disk; raises JournalError.
    """
    with JournalReader(path, fqdn) as reader:
        kept = reader.checkpoint(FOLD)
        view = msgspec.json.decode(kept[1], type=View) if kept else View(fqdn=fqdn)
        return fold(view, reader.read_all(view.seq))


def advance(view: View, recorded: Recorded) -> None:
    """Move ``view`` on by one event."""
    step = _STEPS.get(type(recorded.event))
    if step is not None and (view.beside is None or type(recorded.event) in _HEARD_BESIDE):
        step(view, recorded.event, recorded)
        advance_meter(view, recorded.event, recorded.at)
    view.seq = recorded.seq
    view.at = recorded.at


_HEARD_BESIDE = frozenset(
    {e.RunStarted, e.RunFinished, e.WaitStarted, e.WaitFinished, e.Remarked}
    | {e.ResourceReconciled, e.InventoryListed}
)
"""What counts of a run beside the road; where the Sovereign stands is the road's to say."""
BESIDE = frozenset({"access", "inventory"})
"""Commands that leave a Sovereign where it stands."""


@_on(e.RunStarted)
def _run_started(view: View, event: e.RunStarted, recorded: Recorded) -> None:
    view.runs = event.run
    view.beside = event if event.command in BESIDE else None
    if view.beside is not None:
        return
    view.run = event
    view.stood = view.stood if event.command == "plan" else None
    view.run_started = recorded.at
    view.outcome = view.remedy = view.finished_at = None
    view.cancelling = view.interrupted = view.forced = view.begun = False
    view.going_down = False
    view.remarks = []
    view.decision = None
    view.phases, view.waits, view.findings = {}, {}, ()


@_on(e.RunFinished)
def _run_finished(view: View, event: e.RunFinished, recorded: Recorded) -> None:
    if view.beside is not None:
        view.waits = {}
        return
    view.outcome = event.outcome
    if event.outcome is not Outcome.PLANNED:
        view.stood = event.outcome
    view.remedy = event.remedy
    view.finished_at = recorded.at
    view.waits = {}
    if event.outcome is Outcome.READY:
        view.ready = True
        view.ready_at = view.ready_at or recorded.at
    if event.outcome is Outcome.DESTROYED:
        view.destroyed_at = recorded.at
        view.rented_since = view.ready_at = view.kit = None
        view.confirmed = view.plan = view.razing = None
        view.taking_down = False
        view.applied = view.all_healthy = view.ready = view.founded = False
        view.resources, view.components, view.nodes, view.sources = {}, {}, {}, {}
        view.outputs, view.outside, view.outside_at = {}, (), None


@_on(e.RunInterrupted)
def _run_interrupted(view: View, _event: e.RunInterrupted, _recorded: Recorded) -> None:
    view.interrupted = True
    view.waits = {}


@_on(e.CancelRequested)
def _cancel_requested(view: View, event: e.CancelRequested, _recorded: Recorded) -> None:
    view.cancelling = True
    view.forced = view.forced or event.forced


@_on(e.PhaseStarted)
def _phase_started(view: View, event: e.PhaseStarted, recorded: Recorded) -> None:
    view.phases[event.phase] = PhaseLine(started=recorded.at, usual=event.usual)


@_on(e.PhaseFinished)
def _phase_finished(view: View, event: e.PhaseFinished, _recorded: Recorded) -> None:
    line = view.phases.get(event.phase)
    if line is not None:
        line.seconds, line.ok = event.seconds, event.ok


@_on(e.FindingReported)
def _finding_reported(view: View, event: e.FindingReported, _recorded: Recorded) -> None:
    view.findings = (*view.findings, event.finding)


@_on(e.WaitStarted)
def _wait_started(view: View, event: e.WaitStarted, recorded: Recorded) -> None:
    view.waits[event.key] = WaitLine(
        what=event.what, since=recorded.at, usual=event.usual, until=event.until
    )
    if event.key == WHOLE_KIT and (line := view.phases.get(PhaseName.BOOTSTRAP)):
        # This kit's own time, learnt where it was, is better than that of any.
        line.usual = event.usual


@_on(e.WaitFinished)
def _wait_finished(view: View, event: e.WaitFinished, _recorded: Recorded) -> None:
    view.waits.pop(event.key, None)


@_on(e.Remarked)
def _remarked(view: View, event: e.Remarked, recorded: Recorded) -> None:
    view.remarks.append((recorded.at, event.source, event.level, event.text))
    if len(view.remarks) > 2 * REMARKS:
        del view.remarks[:REMARKS]


@_on(e.DriftFound)
def _drift_found(view: View, event: e.DriftFound, _recorded: Recorded) -> None:
    view.drift = event.items


@_on(e.PlanSaved)
def _plan_saved(view: View, event: e.PlanSaved, _recorded: Recorded) -> None:
    if event.for_destroy:
        view.razing = event
        return
    view.plan = event
    view.razing = view.compared = None


@_on(e.PlanCompared)
def _plan_compared(view: View, event: e.PlanCompared, _recorded: Recorded) -> None:
    view.compared = event


@_on(e.PlanConfirmed)
def _plan_confirmed(view: View, event: e.PlanConfirmed, _recorded: Recorded) -> None:
    if view.razing is not None:
        view.taking_down = view.taking_down or view.razing.sha256 == event.sha256
    elif view.plan is not None and view.plan.sha256 == event.sha256:
        view.confirmed = view.plan
        view.taking_down = False
        view.applied = False


@_on(e.ApplyStarted)
def _apply_started(view: View, _event: e.ApplyStarted, recorded: Recorded) -> None:
    plan = view.razing if view.taking_down else view.confirmed
    view.begun = True
    view.settled = view.ready = False
    if plan is None:
        return
    if not plan.for_destroy:
        _rented(view, recorded.at)
    view.resources = {
        change.address: ResourceLine(kind=change.kind, name=change.name, action=change.action)
        for change in plan.changes
        if change.action not in {"noop", "read"}
    }


@_on(e.StateFound)
def _state_found(view: View, event: e.StateFound, recorded: Recorded) -> None:
    view.settled = False
    view.founded = view.founded or event.servers > 0
    _rented(view, recorded.at)


def _rented(view: View, at: datetime) -> None:
    view.rented_since = view.rented_since or at
    view.destroyed_at = None


@_on(e.ResourceStarted)
def _resource_started(view: View, event: e.ResourceStarted, recorded: Recorded) -> None:
    line = ResourceLine(kind=event.kind, name=event.name, action=event.action)
    known = view.resources.setdefault(event.address, line)
    known.state, known.since, known.action = "going", recorded.at, event.action
    known.retry = None


@_on(e.ResourceProgressed)
def _resource_progressed(view: View, event: e.ResourceProgressed, _recorded: Recorded) -> None:
    if (line := view.resources.get(event.address)) is not None:
        line.seconds = event.seconds


@_on(e.ResourceRetried)
def _resource_retried(view: View, event: e.ResourceRetried, _recorded: Recorded) -> None:
    if (line := view.resources.get(event.address)) is not None:
        line.retry = event


@_on(e.ResourceFinished)
def _resource_finished(view: View, event: e.ResourceFinished, _recorded: Recorded) -> None:
    line = ResourceLine(kind=event.kind, name=event.name, action=event.action)
    known = view.resources.setdefault(event.address, line)
    known.state, known.seconds, known.id = "done", event.seconds, event.id


@_on(e.ResourceFailed)
def _resource_failed(view: View, event: e.ResourceFailed, _recorded: Recorded) -> None:
    line = ResourceLine(kind=event.kind, name=event.name, action="")
    known = view.resources.setdefault(event.address, line)
    known.state, known.remedy = "failed", event.remedy


@_on(e.ResourceReconciled)
def _resource_reconciled(view: View, event: e.ResourceReconciled, _recorded: Recorded) -> None:
    for line in view.resources.values():
        if (line.kind, line.name) == (event.kind, event.name):
            # What was interrupted is whole after all, or was given back and is still to be made.
            line.state, line.remedy = "waiting" if event.how == "removed" else "done", None


@_on(e.DecisionOffered)
def _decision_offered(view: View, event: e.DecisionOffered, _recorded: Recorded) -> None:
    view.decision = event


@_on(e.OutputsSaved)
def _outputs_saved(view: View, event: e.OutputsSaved, _recorded: Recorded) -> None:
    view.outputs = event.outputs
    view.applied = view.settled = True


@_on(e.DnsRecordsWanted)
def _records_wanted(view: View, event: e.DnsRecordsWanted, _recorded: Recorded) -> None:
    if event.records != view.records:
        view.answers, view.records_written = (), False
    view.zone, view.records, view.records_by = event.zone, event.records, event.by
    view.dns_owner = event.owner or view.dns_owner


@_on(e.DnsRecordsWritten)
def _records_written(view: View, _event: e.DnsRecordsWritten, _recorded: Recorded) -> None:
    view.records_written = True


@_on(e.DnsRecordsReleased)
def _records_released(view: View, _event: e.DnsRecordsReleased, _recorded: Recorded) -> None:
    view.records, view.answers, view.records_written = (), (), False


@_on(e.DnsRecordsChecked)
def _records_checked(view: View, event: e.DnsRecordsChecked, _recorded: Recorded) -> None:
    view.answers = event.answers


@_on(e.OutsideChecked)
def _outside_checked(view: View, event: e.OutsideChecked, recorded: Recorded) -> None:
    view.outside, view.outside_at = event.checks, recorded.at


@_on(e.DestroyStarted)
def _destroy_started(view: View, _event: e.DestroyStarted, _recorded: Recorded) -> None:
    view.ready, view.ready_at = False, None
    view.going_down = True


@_on(e.InventoryListed)
def _inventory_listed(view: View, event: e.InventoryListed, _recorded: Recorded) -> None:
    view.inventory = event.items
    view.foreign = event.foreign
    view.settled = view.settled or event.when != "before"
