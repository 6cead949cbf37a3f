"""The billing clock: hours rounded up, a cap a month, and nothing after the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioner.rehearsal.hetzner.actions import KEPT as KEPT_ACTIONS
from provisioner.rehearsal.hetzner.billing import HOUR, KEPT, MONTH_HOURS, cost
from provisioner.rehearsal.hetzner.model import Charge
from tests.unit.rehearsal.client import Caller, fresh

CX23 = Charge("server", 1, "a", "cx23", "fsn1", "0.0088", "5.49", started=0)
ORDER = {"name": "web", "server_type": "cx23", "image": "ubuntu-24.04"}


@given(st.integers(0, 3 * MONTH_HOURS * HOUR))
def test_every_begun_hour_is_billed_and_no_month_costs_more_than_its_price(seconds: int) -> None:
    """The cost only grows, by whole hours, up to the month's price a month."""
    hours = max(1, -(-seconds // HOUR))
    now = cost(CX23, seconds)
    assert now <= -(-hours // MONTH_HOURS) * Decimal("5.49")
    assert now <= hours * Decimal("0.0088")
    assert cost(CX23, seconds + HOUR) >= now
    if hours < 600:
        assert now == hours * Decimal("0.0088")


async def test_a_cloud_that_lives_long_stays_small_and_forgets_no_cent() -> None:
    """Thousands of servers later: bounded lists, no lock left, and a bill that adds up."""
    api = fresh(scale=0, rate_limit=10**9)
    for _ in range(2 * KEPT + 200):
        made = await api.post("/servers", ORDER)
        await api.call("DELETE", f"/servers/{made['server']['id']}")
    state = api.cloud.state
    assert len(state.charges) <= 2 * KEPT
    assert len(state.actions) <= 2 * KEPT_ACTIONS + 2
    assert (len(api.cloud.actions.running), api.cloud.actions.locks) == (0, 0)
    assert not any(action.data for action in state.actions.values())
    bill = (await api.call("GET", "/bill", root="/_sim")).json
    listed = sum((Decimal(line["cost"]) for line in bill["charges"]), Decimal(0))
    whole = (2 * KEPT + 200) * (Decimal("0.0088") + Decimal("0.0008"))
    assert Decimal(bill["total"]) == listed + Decimal(bill["earlier"]["cost"]) == whole
    assert bill["earlier"]["count"] + len(bill["charges"]) == 3 * (2 * KEPT + 200)


async def test_the_bill_has_everything_that_was_ever_rented(api: Caller) -> None:
    """A deleted server stays on the bill at what it cost; free things cost nothing."""

    async def bill() -> Any:
        return (await api.call("GET", "/bill", root="/_sim")).json

    key = await api.server()
    api.clock.advance(3 * HOUR - 600)
    assert (await bill())["total"] == str(3 * (Decimal("0.0088") + Decimal("0.0008")))
    await api.call("DELETE", f"/servers/{key}")
    await api.settle()
    ended = await bill()
    await api.settle(100 * HOUR)
    assert await bill() == ended
    assert {line["kind"]: line["running"] for line in ended["charges"]} == {
        "server": False,
        "primary_ip": False,
    }
