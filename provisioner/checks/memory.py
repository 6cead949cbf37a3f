"""Whether the servers that were chosen hold the bootstrap kit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provisioner.answers_findings import finding
from provisioner.checks.wanted import CONTROL_PLANE, Servers, wanted_servers
from provisioner.facts import Finding, Severity
from provisioner.hetzner.catalogue import Catalogue
from provisioner.settings import Settings

MIB_PER_GB = 1024


def check_memory(
    values: Mapping[str, Any], catalogue: Catalogue, settings: Settings, kit_mib: int
) -> tuple[Finding, ...]:
    """Return a finding when all nodes together cannot hold the bootstrap kit.

    ``kit_mib`` is the sum of what the components of this release's kit need. What a repository's
    kit needs is its own, so that too little for ours is no more than a warning then.
    """
    servers = wanted_servers(values)
    room = room_mib(servers, catalogue, settings)
    if room is None or room >= kit_mib:
        return ()
    facts = {"total": _gigabytes(room), "needed": _gigabytes(kit_mib)}
    value = ", ".join(f"{each.number} x {each.type}" for each in servers)
    if not from_repository(values):
        return (finding("hetzner_memory_short", ("sizing",), value, facts),)
    code, severity = "hetzner_memory_short_shipped", Severity.WARNING
    return (finding(code, ("sizing",), value, facts, severity=severity),)


def room_mib(servers: Iterable[Servers], catalogue: Catalogue, settings: Settings) -> int | None:
    """Return what the nodes together leave for workloads; None where that cannot be told."""
    found = tuple(servers)
    named = any(each.at == CONTROL_PLANE for each in found)
    known = all(each.type in catalogue.server_types and each.number > 0 for each in found)
    if not (named and known):
        return None
    memory = [(each.number, catalogue.server_types[each.type].memory) for each in found]
    system = settings.node_overhead_mib
    return sum(number * max(0, int(each * MIB_PER_GB) - system) for number, each in memory)


def from_repository(values: Mapping[str, Any]) -> bool:
    """Return whether the kit is a repository's, whose needs nobody knows before."""
    return bool((values.get("source") or {}).get("mode") == "git")


def _gigabytes(mib: int) -> str:
    return f"{mib / MIB_PER_GB:.1f}"
