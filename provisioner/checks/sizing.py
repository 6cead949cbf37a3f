"""Whether the servers that were chosen can be rented where they were chosen, and are enough."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from provisioner.answers_findings import finding
from provisioner.checks.wanted import CONTROL_PLANE, Place, Servers, chosen_location, wanted_servers
from provisioner.facts import Finding, Severity
from provisioner.hetzner.catalogue import Catalogue, ServerType, alternatives
from provisioner.settings import Settings

MIB_PER_GB = 1024


def check_locations(values: Mapping[str, Any], catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return locations that do not exist, or lie in another network zone than the control plane."""
    home = chosen_location(values)
    places: dict[Place, str] = {("sizing", "location"): home} if home else {}
    places |= {each.location_at: each.location for each in wanted_servers(values)}
    ours = catalogue.locations.get(home or "")
    zone = ours.network_zone if ours else None
    found = []
    for at, name in places.items():
        here = catalogue.locations.get(name)
        if here is None:
            known = ", ".join(sorted(catalogue.locations))
            found.append(finding("hetzner_location_unknown", at, name, {"known": known}))
        elif zone and here.network_zone != zone:
            known = ", ".join(sorted(_in_zone(catalogue, zone)))
            facts = {"zone": here.network_zone, "wanted": zone, "known": known}
            found.append(finding("hetzner_zone_mismatch", at, name, facts))
    return tuple(found)


def check_types(
    values: Mapping[str, Any], catalogue: Catalogue, settings: Settings, now: datetime
) -> tuple[Finding, ...]:
    """Return what speaks against each chosen type in its location, with what else would do."""
    servers = wanted_servers(values)
    found = [_check_type(each, catalogue, settings, now) for each in servers]
    return tuple(each for each in found if each is not None)


def check_memory(
    values: Mapping[str, Any], catalogue: Catalogue, settings: Settings, kit_mib: int
) -> tuple[Finding, ...]:
    """Return a finding when all nodes together cannot hold the bootstrap kit.

    ``kit_mib`` is the sum of what the components of this release's kit need. What a repository's
    kit needs is its own, so that too little for ours is no more than a warning then.
    """
    servers = wanted_servers(values)
    named = any(each.at == CONTROL_PLANE for each in servers)
    known = all(each.type in catalogue.server_types and each.number > 0 for each in servers)
    if not (named and known):
        return ()
    room = sum(_room_mib(each, catalogue, settings) for each in servers)
    if room >= kit_mib:
        return ()
    facts = {"total": _gigabytes(room), "needed": _gigabytes(kit_mib)}
    value = ", ".join(f"{each.number} x {each.type}" for each in servers)
    if (values.get("source") or {}).get("mode") != "git":
        return (finding("hetzner_memory_short", ("sizing",), value, facts),)
    code, severity = "hetzner_memory_short_shipped", Severity.WARNING
    return (finding(code, ("sizing",), value, facts, severity=severity),)


def _check_type(
    servers: Servers, catalogue: Catalogue, settings: Settings, now: datetime
) -> Finding | None:
    at = (*servers.at, "type")
    kind = catalogue.server_types.get(servers.type)
    if kind is None:
        close = difflib.get_close_matches(servers.type, catalogue.server_types, n=3, cutoff=0.4)
        known = ", ".join(close or sorted(catalogue.server_types))
        facts = {"suggestion": f"Choose one that it has: {known}."}
        return finding("hetzner_type_unknown", at, servers.type, facts)
    if servers.location not in catalogue.locations:
        return None
    if kind.architecture not in settings.architectures:
        known = ", ".join(settings.architectures)
        facts = {"architecture": kind.architecture, "known": known}
        return finding("hetzner_type_architecture", at, servers.type, facts)
    code, since = _against(kind, servers.location, now)
    if code is None:
        return None
    facts = {
        "location": servers.location,
        "since": since,
        "suggestion": suggest(catalogue, servers.type, servers.location, now),
    }
    severity = Severity.WARNING if code == "hetzner_type_deprecated" else Severity.BLOCKING
    return finding(code, at, servers.type, facts, severity=severity)


def _against(kind: ServerType, location: str, now: datetime) -> tuple[str | None, str]:
    offer = kind.offer(location)
    if offer is None or kind.price(location) is None:
        return "hetzner_type_not_here", ""
    going = offer.deprecation
    since = f"{going.unavailable_after:%Y-%m-%d}" if going else ""
    if going and going.unavailable_after <= now:
        return "hetzner_type_gone", since
    if not offer.available:
        return "hetzner_type_no_stock", ""
    return ("hetzner_type_deprecated", since) if going else (None, "")


def suggest(catalogue: Catalogue, wanted: str, location: str, now: datetime) -> str:
    """Return a sentence that names what else would do, best first, with the price difference."""
    found = alternatives(catalogue, wanted, location, now)
    if not found:
        return "Nothing comparable has stock in this network zone now; choose another location."
    named = [
        f"{each.type} in {each.location} ({each.monthly_difference:+.2f} a month, net)"
        for each in found
    ]
    return f"Choose {', '.join(named)}."


def _room_mib(servers: Servers, catalogue: Catalogue, settings: Settings) -> int:
    memory = catalogue.server_types[servers.type].memory * MIB_PER_GB
    return servers.number * max(0, int(memory) - settings.node_overhead_mib)


def _gigabytes(mib: int) -> str:
    return f"{mib / MIB_PER_GB:.1f}"


def _in_zone(catalogue: Catalogue, zone: str) -> Iterable[str]:
    return (each.name for each in catalogue.locations.values() if each.network_zone == zone)
