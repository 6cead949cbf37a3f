"""What status says of a Sovereign beside its phases and components."""

from __future__ import annotations

import pytest

from catalyst_tui.commands.status import show_view
from catalyst_tui.headless.printer import Printer
from provisioner import events as e
from provisioner.facts import DnsRecord
from provisioner.folding import fold
from provisioner.view import View
from tests.unit.builders import FQDN, recorded, run_started


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
