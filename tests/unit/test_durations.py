"""Usual times are learnt from runs that went well; a broken memory is forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec

from provisioner import events as e
from provisioner.durations import KEPT, remember, with_usual
from provisioner.facts import ExpectedComponent, State
from provisioner.folding import fold
from provisioner.view import View
from tests.unit.builders import FQDN, START, recorded, run_started

KIT = tuple(ExpectedComponent(name=name, usual=60) for name in ("cilium", "gitea"))


def _view(command: str, *steps: tuple[str, State, int]) -> View:
    events = [run_started(), e.KitApplied(components=KIT, deadline=START)]
    events += [e.ComponentChanged(component=name, state=state) for name, state, _ in steps]
    made = list(recorded(*events))
    times = [0, 0, *(at for _, _, at in steps)]
    timed = [
        msgspec.structs.replace(each, at=START + timedelta(seconds=at))
        for each, at in zip(made, times, strict=True)
    ]
    view = fold(View(fqdn=FQDN), timed)
    assert view.run is not None
    view.run = msgspec.structs.replace(view.run, command=command)
    return view


def _usual(path: Path) -> dict[str, float]:
    return {each.name: each.usual for each in with_usual(path, KIT)}


def test_the_middle_of_the_last_runs_is_usual(tmp_path: Path) -> None:
    """One slow run among several changes nothing; what never ran keeps the kit's own guess."""
    path = tmp_path / "durations.json"
    for seconds in (500, *[40] * KEPT):
        steps = (("cilium", State.INSTALLING, 10), ("cilium", State.HEALTHY, 10 + seconds))
        remember(path, _view("apply", *steps))
    assert _usual(path) == {"cilium": 40, "gitea": 60}


def test_what_failed_or_was_there_already_is_no_measure(tmp_path: Path) -> None:
    """Only an undisturbed climb counts, and not the rest that a resumed run sees."""
    path = tmp_path / "durations.json"
    climbs = (State.INSTALLING, State.RETRYING, State.HEALTHY)
    remember(path, _view("apply", *(("cilium", state, 9 * at) for at, state in enumerate(climbs))))
    remember(path, _view("apply", ("cilium", State.HEALTHY, 5)))
    remember(path, _view("resume", ("gitea", State.INSTALLING, 5), ("gitea", State.HEALTHY, 6)))
    assert _usual(path) == {"cilium": 60, "gitea": 60}


def test_a_damaged_memory_is_forgotten(tmp_path: Path) -> None:
    """It is worth no error."""
    path = tmp_path / "durations.json"
    path.write_text('{"cilium": "soon"}')
    assert _usual(path) == {"cilium": 60, "gitea": 60}
