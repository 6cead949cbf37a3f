"""A small market, in the shape in which Hetzner's catalogue reaches the screens."""

from __future__ import annotations

from decimal import Decimal

from screens.ports import Market, SecretState, ServerKind, Site

SITES = (
    Site(name="fsn1", city="Falkenstein", country="DE", zone="eu-central"),
    Site(name="nbg1", city="Nuremberg", country="DE", zone="eu-central"),
    Site(name="hel1", city="Helsinki", country="FI", zone="eu-central"),
)
_KINDS = (
    ("cx33", 4, 8, 80, "shared", "6.99", "fsn1 nbg1 hel1"),
    ("cx43", 8, 16, 160, "shared", "15.99", "fsn1 hel1"),
    ("cx53", 16, 32, 320, "shared", "29.49", "hel1"),
    ("cpx32", 4, 8, 160, "shared", "35.49", "fsn1 nbg1"),
    ("cpx42", 8, 16, 320, "shared", "69.49", "fsn1 nbg1"),
    ("ccx23", 4, 16, 160, "dedicated", "85.99", "fsn1 nbg1 hel1"),
    ("ccx33", 8, 32, 240, "dedicated", "171.49", ""),
)


def market() -> Market:
    """Return seven types in three locations."""
    kinds = tuple(
        ServerKind(
            name=name,
            cores=cores,
            memory=float(memory),
            disk=disk,
            cpu=cpu,
            monthly={site.name: Decimal(price) for site in SITES},
            stock=frozenset(stock.split()),
        )
        for name, cores, memory, disk, cpu, price, stock in _KINDS
    )
    return Market(
        sites=SITES, kinds=kinds, currency="EUR", requests_left=3571, kit_memory=20.1, overhead=1.0
    )


SECRETS = (
    SecretState(name="hcloud_token", present=True, kept="the vault file", ending="3f9a"),
    SecretState(name="state_passphrase", present=True, kept="the vault file"),
    SecretState(name="ssh_private_key"),
)
