"""The first page of a bundle tells how the newest run stands, and nothing that is over."""

from __future__ import annotations

from pathlib import Path

from provisioner import events as e
from provisioner.bundle import write_bundle
from provisioner.cause import cause
from provisioner.clock import Clock
from provisioner.event import Event
from provisioner.facts import Outcome, PhaseName
from provisioner.folding import fold
from provisioner.home import Home
from provisioner.journal import Journal
from provisioner.redaction import Redactor
from provisioner.remedies import explain
from provisioner.view import View
from tests.unit.builders import FQDN, START, change, plan, recorded, run_started
from tests.unit.test_bundle import _content

SERVER = change("cp1")
FAILED = e.ResourceFailed(
    address=SERVER.address,
    kind="server",
    name="cp1",
    code="tofu_interrupted",
    message="execution halted",
    remedy=explain("tofu_interrupted"),
)
BEGUN: tuple[Event, ...] = (
    run_started(),
    plan([SERVER]),
    e.PlanConfirmed(sha256="a" * 64, by="hash"),
    e.PhaseStarted(phase=PhaseName.APPLY),
    e.ApplyStarted(sha256="a" * 64, total=1),
    FAILED,
)


def _page(*events: Event, alive: bool = False) -> str:
    return cause(fold(View(fqdn=FQDN), recorded(*events)), alive=alive)


def test_a_run_that_died_is_told_from_one_that_goes_on() -> None:
    """Who died has a remedy; who lives has none yet."""
    lost = explain("runner_lost", {"fqdn": FQDN})
    died, lives = _page(*BEGUN), _page(*BEGUN, alive=True)
    assert "it ended without a word" in died
    assert f"- Do: {lost.action}" in died
    assert "it goes on" in lives
    assert lost.what not in lives


def test_the_bundle_asks_the_lock(tmp_path: Path) -> None:
    """Nobody holds it here, so the page says that the run died."""
    folder = Home(tmp_path / "home").create().sovereign(FQDN).create()
    journal = Journal(folder.journal, FQDN, Clock())
    journal.append(list(BEGUN))
    journal.close()
    write_bundle(folder, tmp_path / "bundle.tar.gz", Redactor(()), {})
    assert "it ended without a word" in _content(tmp_path / "bundle.tar.gz")["cause.md"]


def test_what_was_made_good_after_a_cancel_has_not_failed() -> None:
    """A server that was untainted stands; while it was not, it is told."""
    cancelled = e.RunFinished(outcome=Outcome.CANCELLED)
    made_good = e.ResourceReconciled(kind="server", id="7", name="cp1", how="untainted")
    assert "What failed" in _page(*BEGUN, cancelled)
    assert "What failed" not in _page(*BEGUN, made_good, cancelled)


def test_a_mere_look_does_not_tell_failures_of_an_earlier_run() -> None:
    """What a plan run found is its own; the resources are those of the apply before."""
    look = (run_started(2, "plan"), e.RunFinished(outcome=Outcome.PLANNED))
    assert "What failed" not in _page(*BEGUN, e.RunFinished(outcome=Outcome.FAILED), *look)


def test_remarks_and_waits_have_their_day() -> None:
    """A journal goes over days, and a time alone would say which of them to nobody."""
    said = (
        e.Remarked(source="tofu", text="halted"),
        e.WaitStarted(key="w", what="Hetzner"),
    )
    page = _page(run_started(), *said)
    assert f"- {START:%Y-%m-%d} 12:00:02 tofu info: halted" in page
    assert f"since {START:%Y-%m-%d} 12:00:03" in page
