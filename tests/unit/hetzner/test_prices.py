"""A plan's price is exact, complete, and taken from the live list."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.errors import HetznerError
from provisioner.hetzner.catalogue import Amount, LocatedPrice
from provisioner.hetzner.prices import (
    PriceList,
    Rented,
    TypePrices,
    VolumePrice,
    price,
    price_plan,
    rented_by_plan,
)
from provisioner.tofu.planfile import PlannedResource
from tests.unit.hetzner.cloud import client, project


def planned(kind: str, **values: Any) -> PlannedResource:
    """Return a resource of a plan."""
    return PlannedResource(address=kind, type=f"hcloud_{kind}", values=values)


def server(kind: str = "cx43", location: str = "fsn1", **values: Any) -> PlannedResource:
    """Return a planned server."""
    return planned("server", server_type=kind, location=location, **values)


async def test_a_solo_sovereign_costs_the_sum_of_its_parts() -> None:
    """Server, its IPv4 and the load balancer, at the list's net prices."""
    plan = [
        server(),
        planned("load_balancer", load_balancer_type="lb11", location="fsn1"),
        planned("network", name="n"),
    ]
    async with client(project()) as hetzner:
        cost = await price_plan(hetzner, plan)
    assert (cost.currency, cost.monthly) == ("EUR", "23.98")
    assert Decimal(cost.vat_rate) == 19
    assert Decimal(cost.hourly) == Decimal("0.0256") + Decimal("0.0120") + Decimal("0.0008")
    assert [(each.kind, each.type, each.count, each.monthly) for each in cost.lines] == [
        ("load_balancer", "lb11", 1, "7.49"),
        ("primary_ip", "ipv4", 1, "0.50"),
        ("server", "cx43", 1, "15.99"),
    ]


async def test_a_type_without_a_price_is_refused() -> None:
    """What cannot be priced cannot be confirmed."""
    async with client(project()) as hetzner:
        with pytest.raises(HetznerError) as refused:
            await price_plan(hetzner, [server("cx43", "sin")])
    assert refused.value.code == "hetzner_price_missing"


@pytest.mark.parametrize(
    ("resources", "addresses"),
    [
        ([server(), server()], 2),
        ([server(public_net=[{"ipv4_enabled": False}])], 0),
        ([server(public_net=[{"ipv4_enabled": True}])], 1),
        ([server(), planned("primary_ip", type="ipv4", location="fsn1")], 1),
        ([server(), *[planned("primary_ip", type="ipv4", location="fsn1")] * 3], 3),
    ],
)
def test_each_ipv4_is_paid_once(resources: list[PlannedResource], addresses: int) -> None:
    """A server's own address counts, one that the plan names is not counted twice."""
    assert rented_by_plan(resources)[Rented("primary_ip", "ipv4", "fsn1")] == addresses


def test_backups_and_volumes_are_counted() -> None:
    """What hangs on a server costs too."""
    found = rented_by_plan([server(backups=True), planned("volume", size=20, location="fsn1")])
    assert found[Rented("backup", "cx43", "fsn1")] == 1
    assert found[Rented("volume", "20", "fsn1")] == 1


amounts = st.decimals("0.0001", "900", places=4, allow_nan=False)


@given(st.lists(st.tuples(amounts, amounts, st.integers(1, 100)), min_size=1, max_size=9), amounts)
def test_no_cent_is_lost(parts: list[tuple[Decimal, Decimal, int]], per_gb: Decimal) -> None:
    """The total is the exact sum of its lines, whatever the prices are."""
    types = tuple(
        TypePrices(
            str(n), (LocatedPrice(location="x", price_hourly=_net(h), price_monthly=_net(m)),)
        )
        for n, (m, h, _) in enumerate(parts)
    )
    prices = PriceList(
        currency="EUR",
        vat_rate=Decimal(19),
        server_types=types,
        volume=VolumePrice(_net(per_gb)),
    )
    rented = Counter(
        {Rented("server", str(n), "x"): count for n, (_, _, count) in enumerate(parts)}
    )
    rented[Rented("volume", "10", "x")] = 2
    cost = price(rented, prices)
    expected = sum((m * count for m, _, count in parts), per_gb * 20)
    assert Decimal(cost.monthly) == expected
    assert sum(Decimal(each.monthly) * each.count for each in cost.lines) == expected
    assert msgspec.json.decode(msgspec.json.encode(cost), type=type(cost)) == cost


def _net(amount: Decimal) -> Amount:
    return Amount(net=amount, gross=amount)


async def test_each_part_has_the_price_of_all_that_it_rents() -> None:
    """A server's is with its address; together they are the whole."""
    plan = [
        server(name="cp1"),
        planned("load_balancer", load_balancer_type="lb11", location="fsn1", name="lb"),
        planned("network", name="n"),
    ]
    async with client(project()) as hetzner:
        cost = await price_plan(hetzner, plan)
    assert {key: part.monthly for key, part in cost.parts.items()} == {
        "server cp1": "16.49",
        "load_balancer lb": "7.49",
    }
    assert sum(Decimal(part.hourly) for part in cost.parts.values()) == Decimal(cost.hourly)
