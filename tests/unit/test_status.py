"""What status says of a Sovereign beside its phases and components."""

from __future__ import annotations

import pytest

from catalyst_tui.commands.status import show_view
from catalyst_tui.headless.printer import Printer
from provisioner import events as e
from provisioner.facts import Change, DnsRecord
from provisioner.folding import fold
from provisioner.view import View
from tests.unit.builders import FQDN, change, plan, recorded, run_started


@pytest.mark.parametrize(("by", "shown"), [("operator", 1), ("Dynadot", 0)])
def test_records_that_the_operator_must_set_are_shown_in_full(
    by: str, shown: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Name, type, address and TTL, as long as they do not resolve; those of a provider are not."""
    record = DnsRecord(name=f"api.{FQDN}", type="A", value="192.0.2.1", ttl=300)
    wanted = e.DnsRecordsWanted(zone="example.org", records=(record,), by=by)
    view = fold(View(fqdn=FQDN), recorded(run_started(), wanted))
    show_view(Printer(as_json=False), view)
    said = capsys.readouterr().out
    assert said.count(f"to set     api.{FQDN} A 192.0.2.1 TTL 300") == shown


def _destructive() -> e.PlanSaved:
    target = Change(address="t", kind="load_balancer_target", name="lb-cp1", action="delete")
    return plan([target, change("cp1", "replace"), change("w1")], monthly="77.48", sha256="b" * 64)


def test_a_saved_plan_is_shown_with_all_it_destroys(capsys: pytest.CaptureFixture[str]) -> None:
    """Price and hash stand beside the present ones; the server is named before its parts."""
    agreed = plan([change("cp1")], monthly="20.00")
    events = (
        run_started(),
        agreed,
        e.PlanConfirmed(sha256=agreed.sha256, by="hash"),
        e.ApplyStarted(sha256=agreed.sha256, total=1),
        _destructive(),
    )
    show_view(Printer(as_json=False), fold(View(fqdn=FQDN), recorded(*events)))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert f"confirmed  1 to create, 20.00 EUR a month net; sha256 {'a' * 64}" in lines
    at = lines.index(
        f"plan       1 to create, 77.48 EUR a month net, and DELETES OR REPLACES 2; "
        f"sha256 {'b' * 64}"
    )
    assert lines[at + 1 : at + 3] == [
        "server cp1 is deleted and made anew: its disk and its address are lost",
        "target lb-cp1 is deleted, and what is on it is lost",
    ]


def test_the_log_of_a_plan_names_what_it_destroys(capsys: pytest.CaptureFixture[str]) -> None:
    """Each loss has a line of its own behind the plan's."""
    (event,) = recorded(_destructive())
    Printer(as_json=False).event(event)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3
    assert "server cp1 is deleted and made anew" in said[1]
    assert "target lb-cp1 is deleted" in said[2]
