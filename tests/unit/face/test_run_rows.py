"""What a run does is told in 80 columns: counts whole, reasons and waits as room allows."""

from __future__ import annotations

from datetime import timedelta

from provisioner.facts import PhaseName
from provisioner.remedies import explain
from provisioner.view import PhaseLine, ResourceLine, View, WaitLine
from screens.drawing.run import activity_rows
from tests.unit.builders import FQDN, START

STATES = ("done", "going", "failed", "waiting")


def _view(*states: str) -> View:
    resources = {
        str(number): ResourceLine(kind="server", name="cp1", action="create", state=state)
        for number, state in enumerate(states)
    }
    phases = {PhaseName.APPLY: PhaseLine(started=START, usual=70)}
    return View(fqdn=FQDN, begun=True, resources=resources, phases=phases)


def _rows(view: View) -> list[str]:
    return [row.plain for row in activity_rows(view, START + timedelta(seconds=22), 80, 24)]


def test_four_counts_and_the_usual_time_stand_side_by_side() -> None:
    """None of them is cut, with two digits each."""
    (counts, *_) = _rows(_view(*STATES * 11))
    assert "11 done  11 going  11 failed  11 waiting" in counts
    assert counts.endswith("usually 1:10")
    assert _rows(_view("going"))[0].startswith(" Creating 1 resource ")


def test_a_reason_and_a_wait_take_the_room_that_there_is() -> None:
    """Nothing stands to the right of a reason; of a wait, only how long."""
    view = _view("failed")
    view.resources["0"].remedy = explain("tofu_killed", {"signal": "9"})
    what = "the first boot of catalyst-oman-omani-works-cp1"
    view.waits["boot"] = WaitLine(what=what, since=START, usual=150)
    told = _rows(view)
    (reason,) = [row for row in told if "✗ server" in row]
    assert len(reason) >= 78
    (wait,) = [row for row in told if "waiting for" in row]
    assert "the first boot of catalyst-oman-omani-work" in wait
    assert wait.endswith("0:22, usually 2:30")
