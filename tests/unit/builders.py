"""Events and plans for tests, with sound values for everything a test does not care about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from provisioner.events import Event, PlanSaved, Recorded, RunStarted
from provisioner.facts import Change, Price

FQDN = "oman.omani.works"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def recorded(*events: Event, after: int = 0) -> list[Recorded]:
    """Return events as a journal would, a second apart."""
    return [
        Recorded(seq, START + timedelta(seconds=seq), FQDN, _stored(event))
        for seq, event in enumerate(events, after + 1)
    ]


def _stored(event: Event) -> Event:
    return msgspec.json.decode(msgspec.json.encode(event), type=type(event))


def run_started(number: int = 1, command: str = "apply") -> RunStarted:
    """Return the start of a run."""
    return RunStarted(
        run=number,
        command=command,
        world="hetzner",
        version="1",
        spec_digest="d",
        pid=1,
        process_start=1,
        boot_id="b",
    )


def change(name: str, action: str = "create") -> Change:
    """Return what a plan does with one server."""
    return Change(address=f'hcloud_server.node["{name}"]', kind="server", name=name, action=action)


def plan(
    changes: Iterable[Change] = (), *, monthly: str = "20.00", sha256: str = "a" * 64
) -> PlanSaved:
    """Return a saved plan."""
    found = tuple(changes)
    return PlanSaved(
        sha256=sha256,
        changes=found,
        price=Price(currency="EUR", vat_rate="19.00", monthly=monthly, hourly="0.03"),
        destroys=any(each.action in {"delete", "replace"} for each in found),
    )
