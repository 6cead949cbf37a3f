"""What can be rented where: locations, and server types with stock, deprecation and price.

Nothing of it stands in our code: it is what the API lists now. Source: the API's ``/locations``
and ``/server_types`` (``locations[]`` tells stock per location, ``prices[]`` what it costs there).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.refusals import malformed

T = TypeVar("T")


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """One of Hetzner's sites."""

    name: str
    city: str = ""
    country: str = ""
    network_zone: str
    """Networks and load balancers do not reach beyond their zone."""


class Amount(msgspec.Struct, frozen=True):
    """A price as the API gives it."""

    net: Decimal
    gross: Decimal


class LocatedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What one costs in one location."""

    location: str
    price_hourly: Amount
    price_monthly: Amount


class Deprecation(msgspec.Struct, frozen=True):
    """Since when something is going, and from when it cannot be ordered."""

    announced: datetime
    unavailable_after: datetime


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One server type in one location."""

    name: str
    """The location's name."""
    available: bool = True
    recommended: bool = False
    deprecation: Deprecation | None = None


class ServerType(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of server."""

    name: str
    cores: int
    memory: float
    """GB."""
    disk: int
    """GB."""
    architecture: str
    cpu_type: str
    """``shared`` or ``dedicated``."""
    prices: tuple[LocatedPrice, ...] = ()
    locations: tuple[Offer, ...] = ()

    def offer(self, location: str) -> Offer | None:
        """Return how it is offered in a location, or None where it never is."""
        return next((each for each in self.locations if each.name == location), None)

    def price(self, location: str) -> LocatedPrice | None:
        """Return its price in a location."""
        return next((each for each in self.prices if each.location == location), None)

    def orderable(self, location: str, now: datetime) -> bool:
        """Return whether one could be rented there now, as far as the API tells."""
        offer = self.offer(location)
        if offer is None or not offer.available or self.price(location) is None:
            return False
        return offer.deprecation is None or offer.deprecation.unavailable_after > now


class Catalogue(msgspec.Struct, frozen=True):
    """All that can be rented, by name."""

    locations: Mapping[str, Location]
    server_types: Mapping[str, ServerType]


async def read_catalogue(hetzner: Hetzner) -> Catalogue:
    """Return the catalogue as it is now; raises HetznerError."""
    found = await hetzner.list("/server_types", "server_types")
    types = convert(found, list[ServerType], "/server_types")
    return Catalogue(await read_locations(hetzner), {each.name: each for each in types})


async def read_locations(hetzner: Hetzner) -> dict[str, Location]:
    """Return the locations by name; raises HetznerError."""
    found = convert(await hetzner.list("/locations", "locations"), list[Location], "/locations")
    return {each.name: each for each in found}


def convert(value: Any, kind: type[T], path: str) -> T:
    """Return an answer's part as a typed value; raises HetznerError when it is none."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise malformed(path, error) from error
