"""The rules of a firewall: what may be asked for, and how the API gives it back."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any, Literal

import msgspec

from provisioner.rehearsal.hetzner.catalogue import Limits
from provisioner.rehearsal.hetzner.refusal import invalid

PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
LAST_PORT = 65535
LONGEST_DESCRIPTION = 255


class Rule(msgspec.Struct):
    """A rule as it is asked for."""

    direction: Literal["in", "out"]
    protocol: Literal["tcp", "udp", "icmp", "esp", "gre"]
    port: str | None = None
    source_ips: list[str] = []
    destination_ips: list[str] = []
    description: str | None = None


def checked_rules(rules: list[Rule], limits: Limits) -> list[dict[str, Any]]:
    """Return rules as they are kept and answered; raises invalid_input."""
    if len(rules) > limits.firewall_rules:
        raise invalid("rules", f"must not be more than {limits.firewall_rules}")
    for at, rule in enumerate(rules):
        _check(rule, f"rules.{at}", limits)
    effective = sum(len(rule.source_ips) + len(rule.destination_ips) for rule in rules)
    if effective > limits.firewall_effective_rules:
        most = limits.firewall_effective_rules
        raise invalid("rules", f"must not have more than {most} effective rules")
    return [msgspec.to_builtins(rule) for rule in rules]


def _check(rule: Rule, where: str, limits: Limits) -> None:
    needed, other = ("source_ips", "destination_ips")[:: 1 if rule.direction == "in" else -1]
    if not getattr(rule, needed):
        raise invalid(f"{where}.{needed}", f"is required for direction {rule.direction}")
    if getattr(rule, other):
        raise invalid(f"{where}.{other}", f"does not belong to direction {rule.direction}")
    _check_cidrs(getattr(rule, needed), f"{where}.{needed}", limits)
    _check_port(rule, f"{where}.port")
    if len(rule.description or "") > LONGEST_DESCRIPTION:
        raise invalid(f"{where}.description", f"must have at most {LONGEST_DESCRIPTION} characters")


def _check_cidrs(cidrs: list[str], where: str, limits: Limits) -> None:
    if len(cidrs) > limits.firewall_cidrs:
        raise invalid(where, f"must not be more than {limits.firewall_cidrs}")
    for cidr in cidrs:
        try:
            ip_network(cidr)
        except ValueError as error:
            raise invalid(where, f"'{cidr}' is not a network in CIDR notation") from error
        if "/" not in cidr:
            raise invalid(where, f"'{cidr}' is not a network in CIDR notation")


def _check_port(rule: Rule, where: str) -> None:
    if rule.protocol not in ("tcp", "udp"):
        if rule.port is not None:
            raise invalid(where, f"does not belong to protocol {rule.protocol}")
        return
    found = PORTS.fullmatch(rule.port or "")
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= LAST_PORT:
        raise invalid(where, "must be a port or a range of ports")
