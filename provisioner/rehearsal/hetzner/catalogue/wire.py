"""The catalogue as the API answers it."""

from __future__ import annotations

from typing import Any

import msgspec

from provisioner.rehearsal.hetzner.catalogue import (
    TERABYTE,
    Amount,
    Catalogue,
    Image,
    LoadBalancerType,
    Offer,
    ServerType,
)

JSON = dict[str, Any]


def location(catalogue: Catalogue, name: str) -> JSON:
    """Return a location's answer."""
    return msgspec.structs.asdict(catalogue.location[name])


def image(entry: Image) -> JSON:
    """Return an image's answer."""
    return {
        "id": entry.id,
        "type": "system",
        "status": "available",
        "name": entry.name,
        "description": entry.description,
        "image_size": None,
        "disk_size": 5,
        "created": "2025-01-01T00:00:00Z",
        "created_from": None,
        "bound_to": None,
        "os_flavor": entry.os_flavor,
        "os_version": entry.os_version,
        "architecture": entry.architecture,
        "rapid_deploy": True,
        "protection": {"delete": False},
        "deprecated": None,
        "deleted": None,
        "labels": {},
    }


def _price(catalogue: Catalogue, place: str, amount: Offer | Amount | LoadBalancerType) -> JSON:
    both = catalogue.prices.both
    return {
        "location": place,
        "price_hourly": both(amount.hourly),
        "price_monthly": both(amount.monthly),
    }


def _with_traffic(catalogue: Catalogue, place: str, price: JSON, terabytes: float) -> JSON:
    over = catalogue.prices.traffic_tb_in.get(place, catalogue.prices.traffic_tb)
    return price | {
        "included_traffic": int(terabytes * TERABYTE),
        "price_per_tb_traffic": catalogue.prices.both(over),
    }


def server_type_prices(catalogue: Catalogue, entry: ServerType) -> list[JSON]:
    """Return a server type's price in each location that offers it."""
    return [
        _with_traffic(catalogue, place, _price(catalogue, place, offer), offer.traffic_tb)
        for offer in entry.offer
        for place in offer.locations
    ]


def _deprecation(offer: Offer) -> JSON | None:
    if offer.announced is None:
        return None
    return {"announced": offer.announced, "unavailable_after": offer.unavailable_after}


def server_type(catalogue: Catalogue, entry: ServerType, stock: dict[str, str]) -> JSON:
    """Return a server type's answer; ``stock`` tells by location how much is left."""
    places = [
        {
            "id": catalogue.location[place].id,
            "name": place,
            "available": stock.get(place, "here") != "none",
            "recommended": stock.get(place, "here") == "here" and offer.announced is None,
            "deprecation": _deprecation(offer),
        }
        for offer in entry.offer
        for place in offer.locations
    ]
    ended = all(offer.announced for offer in entry.offer)
    return {
        "id": entry.id,
        "name": entry.name,
        "description": entry.name.upper(),
        "category": entry.category,
        "cores": entry.cores,
        "memory": entry.memory,
        "disk": entry.disk,
        "storage_type": "local",
        "cpu_type": entry.cpu_type,
        "architecture": entry.architecture,
        "included_traffic": 0,
        "prices": server_type_prices(catalogue, entry),
        "deprecated": ended,
        "deprecation": _deprecation(entry.offer[0]) if ended else None,
        "locations": places,
    }


def load_balancer_prices(catalogue: Catalogue, entry: LoadBalancerType) -> list[JSON]:
    """Return a load balancer type's price in each location."""
    return [
        _with_traffic(catalogue, place.name, _price(catalogue, place.name, entry), 20)
        for place in catalogue.locations
    ]


def load_balancer_type(catalogue: Catalogue, entry: LoadBalancerType) -> JSON:
    """Return a load balancer type's answer."""
    own = msgspec.structs.asdict(entry)
    del own["monthly"], own["hourly"]
    return own | {
        "prices": load_balancer_prices(catalogue, entry),
        "deprecated": None,
        "deprecation": None,
    }


def pricing(catalogue: Catalogue) -> JSON:
    """Return the price list."""
    prices, both = catalogue.prices, catalogue.prices.both
    addresses = {"ipv4": prices.primary_ipv4, "ipv6": prices.primary_ipv6}
    return {
        "currency": prices.currency,
        "vat_rate": f"{float(prices.vat_rate):.6f}",
        "image": {"price_per_gb_month": both(prices.snapshot_gb_month)},
        "floating_ip": {"price_monthly": both(prices.floating_ipv4.monthly)},
        "floating_ips": [
            {
                "type": kind,
                "prices": [
                    {"location": p.name, "price_monthly": both(prices.floating(kind).monthly)}
                    for p in catalogue.locations
                ],
            }
            for kind in addresses
        ],
        "primary_ips": [
            {
                "type": kind,
                "prices": [_price(catalogue, p.name, amount) for p in catalogue.locations],
            }
            for kind, amount in addresses.items()
        ],
        "traffic": {"price_per_tb": both("0")},
        "server_backup": {"percentage": prices.backup_percentage},
        "server_types": [
            {"id": t.id, "name": t.name, "prices": server_type_prices(catalogue, t)}
            for t in catalogue.server_types
        ],
        "load_balancer_types": [
            {"id": t.id, "name": t.name, "prices": load_balancer_prices(catalogue, t)}
            for t in catalogue.load_balancer_types
        ],
        "volume": {"price_per_gb_month": both(prices.volume_gb_month)},
    }
