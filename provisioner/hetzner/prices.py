"""What a plan costs, to the digit, from the live price list.

Source: the API's ``/pricing``: net and gross as decimal strings, per location, in the project's
currency. An IPv4 address is rented with each server that has one, whether or not the plan names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, Protocol

import msgspec

from provisioner.errors import HetznerError
from provisioner.facts import PartPrice, Price, PriceLine
from provisioner.hetzner.catalogue import Amount, LocatedPrice, convert
from provisioner.hetzner.client import Hetzner

HOURS = Decimal(730)
"""Hours of a month, for what has only a monthly price."""
_CENT = Decimal("0.01")
_FINE = Decimal("0.000001")


class Planned(Protocol):
    """A resource as it will be once a plan is applied."""

    @property
    def type(self) -> str:
        """The provider's name of its kind: ``hcloud_server``."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """Its attributes, as far as they are known."""
        ...


class Rented(NamedTuple):
    """Something with a price: what, which, where; for a volume the type is its size in GB."""

    kind: str
    type: str
    location: str


class TypePrices(msgspec.Struct, frozen=True):
    """The prices of one server or load balancer type."""

    name: str
    prices: tuple[LocatedPrice, ...]


class AddressPrices(msgspec.Struct, frozen=True):
    """The prices of one kind of primary IP."""

    type: str
    prices: tuple[LocatedPrice, ...]


class VolumePrice(msgspec.Struct, frozen=True):
    """What volumes cost, everywhere the same."""

    price_per_gb_month: Amount


class Backup(msgspec.Struct, frozen=True):
    """What backups of a server cost, as a share of the server."""

    percentage: Decimal


class PriceList(msgspec.Struct, frozen=True, kw_only=True):
    """The project's price list."""

    currency: str
    vat_rate: Decimal
    server_types: tuple[TypePrices, ...] = ()
    load_balancer_types: tuple[TypePrices, ...] = ()
    primary_ips: tuple[AddressPrices, ...] = ()
    volume: VolumePrice | None = None
    server_backup: Backup | None = None


async def read_prices(hetzner: Hetzner) -> PriceList:
    """Return the price list as it is now; raises HetznerError."""
    answer = await hetzner.get("/pricing")
    return convert(answer.get("pricing"), PriceList, "/pricing")


async def price_plan(
    hetzner: Hetzner, resources: Iterable[Planned], later: Mapping[Rented, int] | None = None
) -> Price:
    """Return what everything in a plan costs once it is applied; raises HetznerError.

    ``later`` is what the applied cluster will rent by itself.
    """
    found, prices = tuple(resources), await read_prices(hetzner)
    whole = price(rented_by_plan(found) + Counter(later or {}), prices)
    return msgspec.structs.replace(whole, parts=_parts(found, prices))


def _parts(resources: Iterable[Planned], prices: PriceList) -> dict[str, PartPrice]:
    """Return what each resource costs by itself; an address is a server's unless it is named."""
    found = tuple(resources)
    named = any(each.type == "hcloud_primary_ip" for each in found)
    parts = {}
    for each in found:
        rented = rented_by_plan([each])
        if named and each.type == "hcloud_server":
            rented = Counter({what: n for what, n in rented.items() if what.kind != "primary_ip"})
        if rented:
            own = price(rented, prices)
            key = f"{each.type.removeprefix('hcloud_')} {each.values.get('name') or ''}"
            parts[key] = PartPrice(hourly=own.hourly, monthly=own.monthly)
    return parts


def price(rented: Mapping[Rented, int], prices: PriceList) -> Price:
    """Return what so many of each cost together; raises HetznerError where one has no price."""
    lines = [(each, count, *_unit(each, prices)) for each, count in sorted(rented.items())]
    monthly = sum((count * each for _, count, each, _ in lines), Decimal(0))
    hourly = sum((count * each for _, count, _, each in lines), Decimal(0))
    return Price(
        currency=prices.currency,
        vat_rate=_written(prices.vat_rate),
        monthly=_written(monthly),
        hourly=_written(hourly),
        lines=_joined(lines),
    )


def rented_by_plan(resources: Iterable[Planned]) -> Counter[Rented]:
    """Return what a plan's resources make one pay for."""
    found: Counter[Rented] = Counter()
    implied: Counter[Rented] = Counter()
    for each in resources:
        what = _rented(each)
        if what is None:
            continue
        found[what] += 1
        if what.kind == "server":
            found[Rented("backup", what.type, what.location)] += bool(each.values.get("backups"))
            implied[Rented("primary_ip", "ipv4", what.location)] += _has_ipv4(each.values)
    # A server that is given a named address rents no second one.
    for address, count in implied.items():
        found[address] = max(found[address], count)
    return +found


def _rented(resource: Planned) -> Rented | None:
    values = resource.values
    location = str(values.get("location") or "")
    match resource.type:
        case "hcloud_server":
            return Rented("server", str(values.get("server_type")), location)
        case "hcloud_load_balancer":
            return Rented("load_balancer", str(values.get("load_balancer_type")), location)
        case "hcloud_primary_ip":
            return Rented("primary_ip", str(values.get("type")), location)
        case "hcloud_volume":
            return Rented("volume", str(values.get("size")), location)
        case _:
            return None


def _has_ipv4(values: Mapping[str, Any]) -> bool:
    nets = values.get("public_net") or [{}]
    return any(net.get("ipv4_enabled", True) for net in nets)


def _unit(rented: Rented, prices: PriceList) -> tuple[Decimal, Decimal]:
    """Return the net price of one for a month and for an hour."""
    match rented.kind:
        case "volume":
            if prices.volume is None:
                raise _missing(rented)
            monthly = Decimal(rented.type) * prices.volume.price_per_gb_month.net
            return monthly, monthly / HOURS
        case "backup":
            share = prices.server_backup.percentage / 100 if prices.server_backup else Decimal(0)
            monthly, hourly = _unit(Rented("server", rented.type, rented.location), prices)
            return monthly * share, hourly * share
        case "server":
            located = {each.name: each.prices for each in prices.server_types}
        case "load_balancer":
            located = {each.name: each.prices for each in prices.load_balancer_types}
        case _:
            located = {each.type: each.prices for each in prices.primary_ips}
    for each in located.get(rented.type, ()):
        if each.location == rented.location or not rented.location:
            return each.price_monthly.net, each.price_hourly.net
    raise _missing(rented)


def _joined(
    lines: Iterable[tuple[Rented, int, Decimal, Decimal]],
) -> tuple[PriceLine, ...]:
    """Return one line a kind, type and price: locations with the same price share one."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for rented, count, monthly, hourly in lines:
        name = f"{rented.type} GB" if rented.kind == "volume" else rented.type
        counts[rented.kind, name, _written(monthly), _written(hourly)] += count
    return tuple(
        PriceLine(kind=kind, type=name, count=count, monthly=monthly, hourly=hourly)
        for (kind, name, monthly, hourly), count in counts.items()
    )


def _written(amount: Decimal) -> str:
    """Return a decimal string with at least two places and no empty ones after them."""
    exact = amount.quantize(_FINE, ROUND_HALF_UP).normalize()
    return str(exact.quantize(_CENT)) if exact == exact.quantize(_CENT) else f"{exact:f}"


def _missing(rented: Rented) -> HetznerError:
    return HetznerError(
        "hetzner_price_missing", kind=rented.kind, type=rented.type, location=rented.location
    )
