"""The phases of a run as a trail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.facts import Outcome, PhaseName
from screens.drawing.frame import Step
from screens.words import duration

if TYPE_CHECKING:
    from provisioner.view import PhaseLine, View

ROAD = (
    PhaseName.PREFLIGHT,
    PhaseName.PLAN,
    PhaseName.APPLY,
    PhaseName.ACCESS,
    PhaseName.DNS,
    PhaseName.BOOTSTRAP,
    PhaseName.VERIFY,
)
_OPTIONAL = (PhaseName.DNS, PhaseName.VERIFY)
"""Phases that stand in the trail once they were begun."""
_TITLES = {PhaseName.DNS: "DNS"}


def title_of(phase: PhaseName) -> str:
    """Return a phase as operators read it."""
    return _TITLES.get(phase, phase.value.capitalize())


def road_steps(view: View, now: datetime) -> list[Step]:
    """Return each phase of the newest run with its state; what is at work carries its time."""
    command = view.run.command if view.run is not None else ""
    if command == "destroy":
        return [_step(PhaseName.DESTROY, view.phases.get(PhaseName.DESTROY), view, now)]
    if command == "dns":
        return [_step(phase, view.phases.get(phase), view, now) for phase in _OPTIONAL]
    road = ROAD[:2] if command == "plan" else ROAD
    shown = [phase for phase in road if phase in view.phases or phase not in _OPTIONAL]
    begun = [at for at, phase in enumerate(shown) if phase in view.phases]
    steps = []
    for at, phase in enumerate(shown):
        line = view.phases.get(phase)
        if line is None and begun and at < begun[0]:
            steps.append(Step(title_of(phase), "done"))
        else:
            steps.append(_step(phase, line, view, now))
    return steps


def stop_of(view: View) -> str:
    """Return the state of a phase that was not brought to its end."""
    if view.outcome is Outcome.CANCELLED or (view.outcome is None and view.cancelling):
        return "stopped"
    return "asks" if view.outcome in (Outcome.NEEDS_DECISION, Outcome.INCOMPLETE) else "bad"


def _step(phase: PhaseName, line: PhaseLine | None, view: View, now: datetime) -> Step:
    title = title_of(phase)
    if line is None:
        return Step(title, "next")
    if line.ok:
        return Step(title, "done")
    if line.ok is not None or view.outcome is not None:
        state = stop_of(view)
        return Step(f"{title} cancelled" if state == "stopped" else title, state)
    return Step(f"{title} {duration(max((now - line.started).total_seconds(), 0))}", "now")
