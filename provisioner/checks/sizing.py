"""Whether the servers that were chosen can be rented where they were chosen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from provisioner.answers_findings import finding
from provisioner.checks.alternatives import alternatives
from provisioner.checks.reality import Reality
from provisioner.checks.wanted import Place, Servers, chosen_location, wanted_servers
from provisioner.facts import Finding, Severity
from provisioner.hetzner.catalogue import Catalogue


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


def check_types(values: Mapping[str, Any], reality: Reality) -> tuple[Finding, ...]:
    """Return what speaks against each chosen type in its location, with what else would do."""
    found = [_check_type(each, values, reality) for each in wanted_servers(values)]
    return tuple(each for each in found if each is not None)


def _check_type(servers: Servers, values: Mapping[str, Any], reality: Reality) -> Finding | None:
    catalogue, settings = reality.catalogue, reality.settings
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
    code, since = reality.against(servers)
    unfit = reality.unfit(servers)
    if unfit:
        code = "hetzner_type_unfit"
    if code is None:
        return None
    facts = {
        "unfit": unfit,
        "location": servers.location,
        "since": since,
        "suggestion": suggest(values, servers.at, reality),
    }
    severity = Severity.WARNING if code == "hetzner_type_deprecated" else Severity.BLOCKING
    return finding(code, at, servers.type, facts, severity=severity)


def suggest(values: Mapping[str, Any], at: Place, reality: Reality) -> str:
    """Return a sentence that names what else would do, best first, with the price difference."""
    found = alternatives(values, at, reality)
    if not found:
        return "Nothing comparable has stock in this network zone now; choose another location."
    named = []
    for each in found:
        less = f"; less: {each.less}" if each.less else ""
        lost = "; makes anew what exists, all on it is lost" if each.lost else ""
        price = f"{each.monthly_difference:+.2f} a month, net"
        named.append(f"{each.type} in {each.location} ({price}{less}{lost})")
    return f"Choose {', '.join(named)}."


def _in_zone(catalogue: Catalogue, zone: str) -> Iterable[str]:
    return (each.name for each in catalogue.locations.values() if each.network_zone == zone)
