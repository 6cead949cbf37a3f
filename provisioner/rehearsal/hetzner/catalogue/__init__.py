"""What Hetzner offers: types, prices, locations, images and limits, read from the files beside.

The public face of a type (its answer on the wire) is built here, with the stock of the moment.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from typing import Any, Literal, TypeVar

import msgspec

Stock = Literal["here", "few", "none"]
TERABYTE = 1024**4
S = TypeVar("S")


class Location(msgspec.Struct, frozen=True):
    """A place where things are rented."""

    id: int
    name: str
    description: str
    country: str
    city: str
    latitude: float
    longitude: float
    network_zone: str


class Offer(msgspec.Struct, frozen=True):
    """At what price a type is rented in some locations; prices are net decimal strings."""

    locations: tuple[str, ...]
    monthly: str
    hourly: str
    traffic_tb: float
    announced: str | None = None
    """When its end was announced there, as RFC 3339; None while it has none."""
    unavailable_after: str | None = None


class ServerType(msgspec.Struct, frozen=True):
    """A size of server. Memory in GB, disk in GB."""

    id: int
    name: str
    cores: int
    memory: float
    disk: int
    cpu_type: str
    architecture: str
    category: str
    offer: tuple[Offer, ...]

    def offered(self, location: str) -> Offer | None:
        """Return the offer for a location, if there is one."""
        return next((offer for offer in self.offer if location in offer.locations), None)


class LoadBalancerType(msgspec.Struct, frozen=True):
    """A size of load balancer."""

    id: int
    name: str
    description: str
    max_connections: int
    max_services: int
    max_targets: int
    max_assigned_certificates: int
    monthly: str
    hourly: str


class Image(msgspec.Struct, frozen=True):
    """An operating system to start from."""

    id: int
    name: str
    description: str
    os_flavor: str
    os_version: str
    architecture: str


class Amount(msgspec.Struct, frozen=True):
    """A net price by month and by hour."""

    monthly: str
    hourly: str


class Prices(msgspec.Struct, frozen=True):
    """Prices that belong to no type."""

    currency: str
    vat_rate: str
    volume_gb_month: str
    snapshot_gb_month: str
    backup_percentage: str
    traffic_tb: str
    traffic_tb_in: dict[str, str]
    primary_ipv4: Amount
    primary_ipv6: Amount
    floating_ipv4: Amount
    floating_ipv6: Amount

    def floating(self, version: str) -> Amount:
        """Return what a floating IP costs."""
        return self.floating_ipv4 if version == "ipv4" else self.floating_ipv6

    def both(self, net: str) -> dict[str, str]:
        """Return a price as the API writes it: net and gross, with its many decimals."""
        amount = Decimal(net)
        gross = amount * (100 + Decimal(self.vat_rate)) / 100
        return {"net": f"{amount:.10f}", "gross": f"{gross:.16f}"}


class Rate(msgspec.Struct, frozen=True):
    """The bucket of API calls."""

    limit: float
    per_second: float


class Limits(msgspec.Struct, frozen=True):
    """How much one project may hold, and how large one resource may be."""

    user_data_bytes: int
    placement_group_servers: int
    placement_groups: int
    network_servers: int
    network_subnets: int
    firewall_rules: int
    firewall_cidrs: int
    firewall_effective_rules: int
    firewalls_per_server: int
    volumes_per_server: int
    volume_min_gb: int
    volume_max_gb: int
    per_page: int
    per_page_max: int
    few: int
    rate: Rate
    quota: dict[str, int]


class Catalogue(msgspec.Struct, frozen=True, dict=True):
    """Everything that is offered."""

    locations: tuple[Location, ...]
    server_types: tuple[ServerType, ...]
    load_balancer_types: tuple[LoadBalancerType, ...]
    images: tuple[Image, ...]
    prices: Prices
    limits: Limits
    stock: dict[str, dict[str, Stock]]
    latencies: dict[str, float]
    """Seconds of the world's clock that each action takes."""

    @classmethod
    def default(cls) -> Catalogue:
        """Read the catalogue that ships with the simulator."""
        latencies = _read("latencies", dict[str, dict[str, Any]])
        return cls(
            locations=_read("locations", dict[str, tuple[Location, ...]])["location"],
            server_types=_read("server_types", dict[str, tuple[ServerType, ...]])["type"],
            load_balancer_types=_read(
                "load_balancer_types", dict[str, tuple[LoadBalancerType, ...]]
            )["type"],
            images=_read("images", dict[str, tuple[Image, ...]])["image"],
            prices=_read("prices", Prices),
            limits=_read("limits", Limits),
            stock=_read("stock", dict[str, dict[str, Stock]]),
            latencies={name: float(entry["seconds"]) for name, entry in latencies.items()},
        )

    @cached_property
    def location(self) -> dict[str, Location]:
        """Locations by name."""
        return {location.name: location for location in self.locations}

    @cached_property
    def server_type(self) -> dict[str, ServerType]:
        """Server types by name."""
        return {kind.name: kind for kind in self.server_types}

    @cached_property
    def load_balancer_type(self) -> dict[str, LoadBalancerType]:
        """Load balancer types by name."""
        return {kind.name: kind for kind in self.load_balancer_types}

    @cached_property
    def image(self) -> dict[int, Image]:
        """Images by id."""
        return {image.id: image for image in self.images}


def _read(name: str, shape: type[S]) -> S:
    text = (files(__package__) / f"{name}.toml").read_text()
    return msgspec.convert(tomllib.loads(text), shape)
