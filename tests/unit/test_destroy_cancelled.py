"""After a cancelled destroy what stands still costs its price, and nothing is built unasked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from catalyst_tui.commands.status import show_view
from catalyst_tui.headless.printer import Printer
from provisioner import events as e
from provisioner.cancellation import Cancellation
from provisioner.errors import DecisionNeeded
from provisioner.event import Event
from provisioner.facts import Outcome, PhaseName, Price
from provisioner.folding import fold
from provisioner.phases.consent import confirm
from provisioner.remedies import remedy_of
from provisioner.run import Consent, Run
from provisioner.runner import road
from provisioner.runner.road import walk
from provisioner.view import View
from screens.drawing.home import entry_row, sum_row
from screens.drawing.run import activity_rows, cancel_words, foot_row
from screens.ports import Entry
from tests.unit.builders import FQDN, START, change, plan, recorded, run_started

BUILDS = plan([change("cp1"), change("w1")], monthly="24.21")
_GONE = Price(currency="EUR", vat_rate="19.00", monthly="0.00", hourly="0.00")
RAZES = msgspec.structs.replace(
    plan([change("cp1", "delete"), change("w1", "delete")], sha256="d" * 64),
    price=_GONE,
    for_destroy=True,
)
STORY: tuple[Event, ...] = (
    run_started(),
    BUILDS,
    e.PlanConfirmed(sha256=BUILDS.sha256, by="hash"),
    e.ApplyStarted(sha256=BUILDS.sha256, total=2),
    e.RunFinished(outcome=Outcome.READY),
    run_started(2, "destroy"),
    RAZES,
    e.PlanConfirmed(sha256=RAZES.sha256, by="name"),
    e.ApplyStarted(sha256=RAZES.sha256, total=2),
    e.RunFinished(outcome=Outcome.CANCELLED),
)


def _view(*, more: tuple[Event, ...] = ()) -> View:
    return fold(View(fqdn=FQDN), recorded(*STORY, *more))


def test_what_stands_still_has_the_price_that_was_agreed_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On Run, in the question before a cancel, on Home, in its sum, and in status."""
    view = _view()
    now = START + timedelta(minutes=1)
    assert "0.030 an hour" in foot_row(view, now, 80, running=False).plain
    assert "0.030 EUR an hour" in cancel_words(view, now)
    entry = Entry(name=FQDN, view=view, now=now)
    assert "24.21 EUR" in entry_row(entry, 80).plain
    total = sum_row([entry, entry], 80)
    assert total is not None
    assert "48.42 EUR" in total.plain
    show_view(Printer(as_json=False), view)
    assert "24.21 EUR a month" in capsys.readouterr().out


def test_it_is_drawn_as_taken_down() -> None:
    """The resources are those that the destroy deletes."""
    view = _view()
    assert view.taking_down
    assert {line.action for line in view.resources.values()} == {"delete"}


def _asked(consent: Consent) -> tuple[list[Event], View]:
    again = msgspec.structs.replace(BUILDS, sha256="e" * 64)
    view = _view(more=(run_started(3, "resume"), again))
    said: list[Event] = []
    confirm(cast(Run, SimpleNamespace(consent=consent, emit=said.append)), view, again)
    return said, fold(view, recorded(*said, after=view.seq))


def test_building_again_is_asked_for() -> None:
    """It would complete the plan of once, but who took that down has taken back his word."""
    with pytest.raises(DecisionNeeded) as caught:
        _asked(Consent())
    assert caught.value.code == "plan_builds_again"
    assert remedy_of(caught.value, FQDN).next == ("apply", "destroy")


def test_building_again_is_held_against_the_plan_that_built() -> None:
    """Two of two changes are left, at the same price; from then on it is no destroy any more."""
    said, view = _asked(Consent(any_price=True))
    compared = said[0]
    assert isinstance(compared, e.PlanCompared)
    assert (compared.left, compared.of, compared.monthly_difference) == (2, 2, "+0.00")
    assert not view.taking_down


async def test_the_ending_names_destroy_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes on with a destroy is a destroy; a resume builds, and says that it asks."""
    cancellation = Cancellation()

    async def works(_run: Run, _view: View) -> Outcome:
        cancellation.request()
        await asyncio.Event().wait()
        return Outcome.DESTROYED

    monkeypatch.setitem(road._ROADS, "destroy", works)
    run = cast(Run, SimpleNamespace(cancellation=cancellation, fqdn=FQDN, folder=None))
    async with asyncio.timeout(30):
        ending = await walk(run, "destroy", View(fqdn=FQDN))
    assert ending.remedy is not None
    assert ending.remedy.code == "destroy_cancelled"
    assert ending.remedy.next == ("destroy", "resume")


def test_from_where_servers_may_be_off_the_page_and_the_question_say_so() -> None:
    """A look changes nothing; once it was begun, nothing may be deleted and still all be off."""
    looking = [run_started(1, "destroy"), e.PhaseStarted(phase=PhaseName.DESTROY)]
    view = fold(View(fqdn=FQDN), recorded(*looking))
    now = recorded(*looking)[-1].at
    assert "before it is taken down" in activity_rows(view, now, 80, 24)[0].plain
    assert "switches on" not in cancel_words(view, now)
    fold(view, recorded(e.DestroyStarted(), after=2))
    assert "servers are switched off" in activity_rows(view, now, 80, 24)[0].plain
    assert "nothing is deleted yet" in cancel_words(view, now)
    assert "switches on what is off" in cancel_words(view, now)


def test_what_is_built_up_again_is_ready_since_then() -> None:
    """A destroy that was begun ended the time before it."""
    again = (e.DestroyStarted(), e.RunFinished(outcome=Outcome.CANCELLED), run_started(3, "resume"))
    ready = e.RunFinished(outcome=Outcome.READY)
    told = recorded(*STORY, ready, *again, ready, ready)
    assert fold(View(fqdn=FQDN), told).ready_at == told[-2].at
