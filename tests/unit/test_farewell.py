"""After the full screen the way back stands on the terminal, as a command."""

from __future__ import annotations

from catalyst_tui.farewell import farewell
from provisioner import events as e
from provisioner.events import Event
from provisioner.facts import Outcome
from provisioner.folding import fold
from provisioner.remedies import explain
from provisioner.view import View
from screens.watched import Watched
from tests.unit.builders import FQDN, START, recorded, run_started

ENDED = e.RunFinished(outcome=Outcome.CANCELLED, remedy=explain("cancelled", {"fqdn": FQDN}))


def _watched(*events: Event) -> Watched:
    watched = Watched(FQDN, lambda: START)
    watched.view = fold(View(fqdn=FQDN), recorded(run_started(), *events))
    return watched


def test_whoever_leaves_learns_how_to_come_back() -> None:
    """By attach while the run goes on, by what the remedy says once it has ended."""
    assert farewell(None) == ""
    assert farewell(Watched(FQDN, lambda: START)) == ""
    assert f"`catalyst attach {FQDN}` follows it" in farewell(_watched())
    assert f"`catalyst resume {FQDN}` goes on" in farewell(_watched(ENDED))
    assert farewell(_watched(e.RunFinished(outcome=Outcome.READY))) == ""
