"""The catalogue: what it says on the wire, and that nothing in it contradicts itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from provisioner.rehearsal.hetzner.catalogue import Catalogue
from provisioner.rehearsal.hetzner.refusal import BUSY, STATUS
from provisioner.rehearsal.hetzner.registry import EFFECTS
from tests.unit.rehearsal.client import Caller, fresh

CATALOGUE = Catalogue.default()


@pytest.mark.parametrize(
    ("name", "size", "monthly", "hourly"),
    [
        ("cx23", (2, 4, 40), "5.49", "0.0088"),
        ("cax41", (16, 32, 320), "40.99", "0.0657"),
        ("cpx42", (8, 16, 320), "69.49", "0.1114"),
        ("ccx63", (48, 192, 960), "853.49", "1.368"),
    ],
)
async def test_types_and_prices_are_the_published_ones(
    api: Caller, name: str, size: tuple[int, int, int], monthly: str, hourly: str
) -> None:
    """Net and gross are strings; the gross price is the net one with the list's own VAT."""
    (found,) = (await api.get(f"/server_types?name={name}"))["server_types"]
    assert (found["cores"], found["memory"], found["disk"]) == size
    price = next(price for price in found["prices"] if price["location"] == "fsn1")
    assert Decimal(price["price_monthly"]["net"]) == Decimal(monthly)
    assert Decimal(price["price_hourly"]["net"]) == Decimal(hourly)
    vat = Decimal((await api.get("/pricing"))["pricing"]["vat_rate"])
    gross = Decimal(monthly) * (100 + vat) / 100
    assert Decimal(price["price_monthly"]["gross"]) == gross


async def test_the_price_list_and_the_types_agree(api: Caller) -> None:
    """Every type of the price list has the prices that the type itself tells."""
    pricing = (await api.get("/pricing"))["pricing"]
    for kind in ("server_types", "load_balancer_types"):
        shown = (await api.get(f"/{kind}?per_page=50"))[kind]
        assert {t["name"]: t["prices"] for t in shown} == {
            t["name"]: t["prices"] for t in pricing[kind]
        }
    assert pricing["currency"] == "EUR"
    assert {entry["type"] for entry in pricing["primary_ips"]} == {"ipv4", "ipv6"}


async def test_stock_is_told_by_location_and_nothing_else() -> None:
    """Only `available` and `recommended` change; the type stays on offer."""
    api = fresh(stock={"cx33": {"hel1": "none", "nbg1": "few"}})
    (found,) = (await api.get("/server_types?name=cx33"))["server_types"]
    told = {p["name"]: (p["available"], p["recommended"]) for p in found["locations"]}
    assert told == {"fsn1": (True, True), "nbg1": (True, False), "hel1": (False, False)}
    assert not found["deprecated"]


async def test_an_image_name_has_one_image_an_architecture(api: Caller) -> None:
    """The query that the provider makes finds exactly one."""
    for architecture in ("x86", "arm"):
        query = f"name=ubuntu-24.04&architecture={architecture}&include_deprecated=true"
        assert len((await api.get(f"/images?{query}"))["images"]) == 1


def test_every_name_in_the_files_is_a_known_one() -> None:
    """Locations of offers and stock, and codes of locks, exist; ids are unique."""
    places = set(CATALOGUE.location)
    for kind in CATALOGUE.server_types:
        assert {place for offer in kind.offer for place in offer.locations} <= places
        assert Decimal(kind.offer[0].hourly) * 730 > Decimal(kind.offer[0].monthly)
    for name, stock in CATALOGUE.stock.items():
        assert all(CATALOGUE.server_type[name].offered(place) for place in stock)
    assert set(BUSY.values()) <= set(STATUS)
    for entries in (CATALOGUE.server_types, CATALOGUE.images, CATALOGUE.locations):
        assert len({entry.id for entry in entries}) == len(entries)


def test_every_effect_has_a_latency_or_stands_for_a_command_that_has() -> None:
    """No action can begin whose time nobody listed."""
    stand_ins = {"attach_load_balancer", "detach_load_balancer", "change_ip_dns_ptr",
                 "change_load_balancer_dns_ptr", "change_floating_ip_dns_ptr",
                 "change_rrset_protection"}  # fmt: skip
    assert set(EFFECTS) - stand_ins <= set(CATALOGUE.latencies)
