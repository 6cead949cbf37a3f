"""What a run does is told in 80 columns: counts whole, reasons and waits as room allows."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from provisioner.events import ResourceRetried
from provisioner.facts import Outcome, PhaseName
from provisioner.remedies import explain
from provisioner.view import NodeLine, PhaseLine, ResourceLine, View, WaitLine
from screens.drawing.frame import trail_row
from screens.drawing.road import road_steps
from screens.drawing.run import activity_rows, phase_rows
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


def test_an_attempt_of_the_provider_stands_at_its_resource() -> None:
    """As long as it is at work, with its reason where one is known, and never run into the time."""
    view = _view("going")
    line = view.resources["0"]
    line.since = START
    line.retry = ResourceRetried(address="0", kind="server", name="cp1", attempt=2, of=5)
    assert "retry 2 of 5 " in _rows(view)[1]
    limited = msgspec.structs.replace(line.retry, reason="429 rate_limit_exceeded")
    line.retry, line.since = limited, START - timedelta(seconds=200)
    assert "retry 2 of 5: 429 222   s" in _rows(view)[1].replace("  222", " 222")
    line.state = "done"
    assert "retry" not in _rows(view)[1]


def test_a_machine_that_boots_again_is_not_told_as_ready() -> None:
    """What an earlier one of its name was, says nothing of the one that was made since."""
    view = _view("done")
    view.phases[PhaseName.APPLY].ok = True
    view.phases[PhaseName.ACCESS] = PhaseLine(started=START)
    view.nodes["cp1"] = NodeLine(stage="k3s", index=3, of=6, ready=True)
    assert "k3s" in _rows(view)[-1]
    assert _rows(view)[-1].endswith("stage 3 of 6")
    view.nodes["cp1"].index = 6
    assert _rows(view)[-1].endswith("ready")


def test_no_time_is_told_that_nobody_measured() -> None:
    """Tenths are measured between messages; at work the clock has whole seconds, in their place."""
    view = _view("done", "done", "done", "going")
    for number, seconds in enumerate((0.0, 0.03, 11.42)):
        view.resources[str(number)].seconds = seconds
    view.resources["3"].since = START
    ends = [row[54:].strip() for row in _rows(view)[1:5]]
    assert ends == ["", "<0.1 s", "11.4 s", "creating           22   s"]


def test_a_run_that_is_ready_does_nothing_any_more() -> None:
    """What its last phase did is not told as going on."""
    view = _view("done")
    view.phases[PhaseName.APPLY].ok = True
    view.phases[PhaseName.VERIFY] = PhaseLine(started=START, seconds=2, ok=True)
    assert "Looking at the Sovereign from outside" in _rows(view)[0]
    view.outcome = Outcome.READY
    told = _rows(view)
    assert told[0] == " ✓ The Sovereign is ready"
    assert "Looking" not in " ".join(told)


@pytest.mark.parametrize(
    ("outcome", "cancelling", "glyph", "title"),
    [
        (Outcome.CANCELLED, True, "■", "Apply cancelled"),
        (None, True, "■", "Apply cancelled"),
        (Outcome.FAILED, True, "✗", "Apply"),
        (Outcome.FAILED, False, "✗", "Apply"),
        (Outcome.NEEDS_DECISION, False, "!", "Apply"),
        (Outcome.INCOMPLETE, False, "!", "Apply"),
    ],
)
def test_what_was_cancelled_is_not_drawn_as_failed(
    outcome: Outcome | None, cancelling: bool, glyph: str, title: str
) -> None:
    """It has a glyph and a word of its own, since colour is only the second channel."""
    view = _view("done")
    view.begun, view.outcome, view.cancelling = False, outcome, cancelling
    line = view.phases[PhaseName.APPLY]
    line.ok, line.seconds = False, 22
    trail = trail_row(road_steps(view, START)).plain
    assert f"{glyph} {title}  ·" in trail
    row = phase_rows(view, START, 80)[0].plain
    assert row.startswith(f"   {glyph} Apply")
    assert row.endswith("cancelled") == (glyph == "■")
