"""Whether the networks that may reach the nodes make sense; their form is checked already."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from provisioner.answers_findings import finding
from provisioner.facts import Finding, Severity


def check_cidrs(values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Warn of networks that are the whole internet, or that the internet does not know."""
    access = values.get("access")
    cidrs = access.get("operator_cidrs") if isinstance(access, Mapping) else None
    found = []
    for index, cidr in enumerate(cidrs if isinstance(cidrs, list | tuple) else ()):
        code = _against(cidr)
        if code:
            at = ("access", "operator_cidrs", index)
            found.append(finding(code, at, cidr, severity=Severity.WARNING))
    return tuple(found)


def _against(cidr: object) -> str | None:
    try:
        network = ipaddress.ip_network(str(cidr))
    except ValueError:
        return None
    if network.prefixlen == 0:
        return "cidrs_open"
    # Documentation networks count as private too, but examples and rehearsals live on them.
    private = network.is_private and not any(
        network.version == known.version and network.subnet_of(known)  # type: ignore[arg-type]  # one version
        for known in _DOCUMENTATION
    )
    return "cidr_private" if private else None


_DOCUMENTATION = tuple(
    ipaddress.ip_network(known)
    for known in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
