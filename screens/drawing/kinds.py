"""What kinds of resources are called: the provider's names in an operator's words."""

from __future__ import annotations

_NAMES = {
    "dns_record": "DNS record",
    "load_balancer": "balancer",
    "load_balancer_network": "balancer net",
    "load_balancer_service": "service",
    "load_balancer_target": "target",
    "network_subnet": "subnet",
    "placement_group": "placement",
    "primary_ip": "IP address",
    "server_network": "server net",
    "ssh_key": "SSH key",
}
_MANY = {"IP address": "IP addresses"}
RENTED = (
    "server",
    "load_balancer",
    "primary_ip",
    "volume",
    "network",
    "firewall",
    "placement_group",
    "ssh_key",
)
"""The kinds that a project is listed by."""


def kind_name(kind: str) -> str:
    """Return what one of a kind is called: ``balancer``."""
    return _NAMES.get(kind, kind.replace("_", " "))


def kinds_name(kind: str) -> str:
    """Return what several of a kind are called: ``balancers``."""
    name = kind_name(kind)
    return _MANY.get(name, f"{name}s")
