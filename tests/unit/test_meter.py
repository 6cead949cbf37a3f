"""What a Sovereign has cost is counted part by part, from when each was rented until it is gone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec

from provisioner import events as e
from provisioner.event import Event, Recorded
from provisioner.facts import Outcome, PartPrice, ResourceItem
from provisioner.folding import fold
from provisioner.meter import monthly, spent
from provisioner.remedies import explain
from provisioner.view import View
from screens.drawing.values import spent_words
from tests.unit.builders import FQDN, START, change, plan, recorded, run_started

PARTS = {
    "server cp1": PartPrice(hourly="0.10", monthly="70.00"),
    "server w1": PartPrice(hourly="0.02", monthly="12.00"),
}
_PLAIN = plan([change("cp1"), change("w1")], monthly="82.00")
PLAN = msgspec.structs.replace(
    _PLAIN, price=msgspec.structs.replace(_PLAIN.price, hourly="0.12", parts=PARTS)
)
AGREED = e.PlanConfirmed(sha256=PLAN.sha256, by="hash")
BEGUN: tuple[Event, ...] = (
    run_started(),
    PLAN,
    AGREED,
    e.ApplyStarted(sha256=PLAN.sha256, total=2),
)


def _started(name: str) -> Event:
    address = change(name).address
    return e.ResourceStarted(address=address, kind="server", name=name, action="create")


def _ended(name: str, action: str = "create") -> Event:
    address = change(name).address
    return e.ResourceFinished(address=address, kind="server", name=name, action=action)


def _sold_out(name: str) -> Event:
    code = "hetzner_resource_unavailable"
    return e.ResourceFailed(
        address=change(name).address,
        kind="server",
        name=name,
        code=code,
        message="",
        remedy=explain(code),
    )


def _at(hours: float, view: View) -> Decimal:
    return spent(view, START + timedelta(hours=hours)).amount


def _view(*events: Event) -> View:
    return fold(View(fqdn=FQDN), recorded(*BEGUN, *events))


def _later(view: View, hours: float, *events: Event) -> View:
    """Return the view after events that came hours later."""
    moment = START + timedelta(hours=hours)
    each = enumerate(events, view.seq + 1)
    return fold(view, [Recorded(seq, moment, FQDN, event) for seq, event in each])


def test_what_was_sold_out_costs_nothing() -> None:
    """A day of waiting for stock costs what stands, and not the whole plan."""
    view = _view(_started("cp1"), _started("w1"), _ended("w1"), _sold_out("cp1"))
    assert _at(23.5, view) == Decimal("0.02") * 24
    assert spent(view, START).hourly == Decimal("0.02")
    assert spent(view, START).exact


def test_what_is_rented_later_counts_from_then() -> None:
    """Begun hours of each part by itself."""
    view = _later(_view(_started("w1"), _ended("w1")), 10, _started("cp1"), _ended("cp1"))
    assert _at(11.5, view) == Decimal("0.02") * 12 + Decimal("0.10") * 2


def test_a_new_size_counts_from_when_it_was_changed() -> None:
    """The hours before keep the price that they had."""
    view = _view(_started("w1"), _ended("w1"))
    parts = PARTS | {"server w1": PartPrice(hourly="0.50", monthly="300.00")}
    price = msgspec.structs.replace(PLAN.price, parts=parts)
    bigger = msgspec.structs.replace(
        PLAN, sha256="b" * 64, changes=(change("w1", "update"),), price=price
    )
    agreed = e.PlanConfirmed(sha256="b" * 64, by="hash")
    view = _later(view, 9.5, run_started(2), bigger, agreed, _ended("w1", "update"))
    assert _at(10.2, view) == Decimal("0.02") * 10 + Decimal("0.50")


def test_what_is_gone_is_paid_and_costs_no_more() -> None:
    """Also while the rest is being taken down, whose price a month is what still stands."""
    view = _view(_started("cp1"), _ended("cp1"), _started("w1"), _ended("w1"))
    razes = msgspec.structs.replace(PLAN, sha256="d" * 64, for_destroy=True)
    named = e.PlanConfirmed(sha256="d" * 64, by="name")
    view = _later(view, 1.5, run_started(2, "destroy"), razes, named, _ended("cp1", "delete"))
    assert _at(3.5, view) == Decimal("0.10") * 2 + Decimal("0.02") * 4
    assert monthly(view) == "12.00"


def test_a_listing_is_the_truth() -> None:
    """What an interrupted OpenTofu made is counted from its start, and what is not there is not."""
    view = _view(_started("w1"), _ended("w1"), _started("cp1"))
    item = ResourceItem(kind="server", id="1", name="cp1", owner="label")
    view = _later(view, 5.5, e.InventoryListed(when="cancel", items=(item,)))
    assert list(view.meter.rents) == ["server cp1"]
    assert _at(5.5, view) == (Decimal("0.10") + Decimal("0.02")) * 6
    done = e.RunFinished(outcome=Outcome.DESTROYED)
    assert spent(_later(view, 6, done), START).amount == 0


def test_where_no_part_has_a_price_it_is_at_most() -> None:
    """A journal of an older release knows the whole alone, and says so."""
    plain = fold(View(fqdn=FQDN), recorded(run_started(), _PLAIN, *BEGUN[2:]))
    found = spent(plain, START + timedelta(hours=1, minutes=30))
    assert (found.amount, found.exact) == (Decimal("0.06"), False)
    assert spent_words(plain, START).startswith("at most ")
