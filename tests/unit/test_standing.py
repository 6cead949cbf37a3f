"""Where a Sovereign stands, as status and Home tell it: one that is ready, one that is lost."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from catalyst_tui.commands.status import state_of, status
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner import events as e
from provisioner.clock import Clock
from provisioner.facts import Outcome
from provisioner.folding import fold
from provisioner.home import Home
from provisioner.journal import Journal
from provisioner.tofu.workspace import STATE
from provisioner.view import View
from screens.drawing import home
from tests.unit.builders import FQDN, START, recorded, run_started


@pytest.mark.parametrize("as_json", [False, True])
async def test_one_that_cannot_be_read_hides_no_other(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,
) -> None:
    """A line for each, the trouble's in its place, and the exit code at the end."""
    monkeypatch.setenv("CATALYST_HOME", str(tmp_path))
    names = [f"{letter}.{FQDN}" for letter in "abc"]
    for name in names:
        folder = Home(tmp_path).create().sovereign(name).create()
        journal = Journal(folder.journal, name, Clock())
        journal.append([run_started(), e.RunFinished(outcome=Outcome.READY)])
        journal.close()
    Home(tmp_path).sovereign(names[1]).journal.write_bytes(b"no journal " * 1000)
    lost = Home(tmp_path).sovereign(names[2])
    lost.journal.unlink()
    (lost.tofu / STATE).write_text("{}")
    arguments = argparse.Namespace(fqdn=None, which=None)
    ended = await status(arguments, Printer(as_json=as_json))
    said = capsys.readouterr().out.splitlines()
    assert ended is Exit.INFRASTRUCTURE
    assert [name in line for name, line in zip(names, said, strict=True)] == [True] * 3
    codes = ("journal_damaged", "journal_lost") if as_json else ("be read", "a state is here")
    assert [code in line for code, line in zip(codes, said[1:], strict=True)] == [True] * 2


def look(command: str, outcome: Outcome) -> list[e.Event]:
    """Return a run that looked and ended."""
    return [run_started(2, command), e.RunFinished(outcome=outcome)]


READY = [run_started(), e.RunFinished(outcome=Outcome.READY)]
CHANGES: list[e.Event] = [
    e.ApplyStarted(sha256="a" * 64, total=1),
    e.KitApplied(components=(), deadline=START),
    e.DestroyStarted(),
]


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        ("plan", Outcome.PLANNED),
        ("plan", Outcome.FAILED),
        ("destroy", Outcome.NEEDS_DECISION),
        ("apply", Outcome.NEEDS_DECISION),
        ("apply", Outcome.FAILED),
        ("resume", Outcome.CANCELLED),
    ],
)
def test_a_look_leaves_a_ready_sovereign_ready(
    tmp_path: Path, command: str, outcome: Outcome
) -> None:
    """Nothing of it was changed, however the look ended: status and Home say so."""
    view = fold(View(fqdn=FQDN), recorded(*READY, *look(command, outcome)))
    assert view.outcome is outcome
    assert view.ready
    assert state_of(Home(tmp_path).sovereign(FQDN), view) == "ready"
    assert home.state_of(view, alive=False)[1] == "ready"


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: type(each).__name__)
def test_a_change_that_does_not_end_ready_takes_it_out(tmp_path: Path, change: e.Event) -> None:
    """From the first change on, it stands as the run that made it ended."""
    first, last = look("apply", Outcome.FAILED)
    view = fold(View(fqdn=FQDN), recorded(*READY, first, change, last))
    assert not view.ready
    assert state_of(Home(tmp_path).sovereign(FQDN), view) == "failed"
    assert home.state_of(view, alive=False)[1] == "failed"


@pytest.mark.parametrize("ended", [Outcome.CANCELLED, Outcome.FAILED, Outcome.INCOMPLETE])
def test_a_look_for_drift_leaves_the_word_of_the_last_run(ended: Outcome) -> None:
    """Planned is what costs nothing yet; of what is rented it would hide how it really stands."""
    built = [run_started(), e.StateFound(resources=13, servers=1), e.RunFinished(outcome=ended)]
    view = fold(View(fqdn=FQDN), recorded(*built, *look("plan", Outcome.PLANNED)))
    assert view.standing is ended
    died = fold(view, recorded(run_started(3), run_started(4, "plan")))
    assert fold(died, recorded(e.RunFinished(outcome=Outcome.PLANNED))).standing is Outcome.PLANNED


def test_a_plan_of_what_is_not_rented_is_told_as_planned() -> None:
    """Nothing stands yet, so the plan is the word."""
    refused = e.RunFinished(outcome=Outcome.FAILED)
    view = fold(View(fqdn=FQDN), recorded(run_started(), refused, *look("plan", Outcome.PLANNED)))
    assert view.standing is Outcome.PLANNED
