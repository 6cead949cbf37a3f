"""Faults as data: which call goes wrong, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from provisioner.rehearsal.hetzner.model import Fault, Ref
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.resources import (
    balancers,
    certificates,
    floating_ips,
    networks,
    placement_groups,
    primary_ips,
    servers,
    volumes,
)

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

ON_THE_WIRE = ("reset", "hang", "half")
ON_ACTIONS = ("action_error", "action_stuck")
REMOVERS: dict[str, Callable[[Cloud, int], None]] = {
    "server": servers.remove,
    "load_balancer": balancers.remove,
    "network": networks.remove,
    "volume": volumes.remove,
    "primary_ip": primary_ips.remove,
    "certificate": certificates.remove,
    "floating_ip": floating_ips.remove,
    "placement_group": placement_groups.remove,
}


def matches_path(pattern: str, path: str) -> bool:
    """Return whether a path fits a pattern: ``*`` is one segment, a final ``**`` any number."""
    wanted, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    if wanted[-1] == "**":
        wanted = wanted[:-1]
        given = given[: len(wanted)]
    if len(wanted) != len(given):
        return False
    return all(part in ("*", segment) for part, segment in zip(wanted, given, strict=True))


def take(cloud: Cloud, method: str, path: str, body: bytes) -> Fault | None:
    """Count a call, and return the first fault that it meets."""
    met = None
    for fault in cloud.state.settings.faults:
        if fault.method not in ("*", method) or not matches_path(fault.path, path):
            continue
        if fault.body.encode() not in body:
            continue
        fault.seen += 1
        cloud.touch()
        in_time = fault.seen >= fault.nth and (
            fault.times == 0 or fault.seen < fault.nth + fault.times
        )
        met = met or (fault if in_time else None)
    return met


def refuse(fault: Fault) -> Refused:
    """Return the refusal that an ``answer`` fault gives instead of an answer."""
    return Refused(fault.code, fault.message, fault.details, status=fault.status)


def after_call(cloud: Cloud, fault: Fault) -> None:
    """Do what a fault does behind the caller's back once the call was answered."""
    if fault.do == "sell_out":
        _sell_out(cloud, fault)
    elif fault.do == "vanish":
        vanish(cloud, fault.kind, fault.name)


def _sell_out(cloud: Cloud, fault: Fault) -> None:
    stock = cloud.state.settings.stock
    for entry in cloud.catalogue.server_types:
        if fault.server_type not in (None, entry.name):
            continue
        for place in cloud.catalogue.locations:
            if fault.location in (None, place.name):
                stock.setdefault(entry.name, {})[place.name] = "none"
    cloud.touch()


def vanish(cloud: Cloud, kind: str, name: str) -> bool:
    """Delete a resource as if somebody else had; return whether there was one."""
    table = getattr(cloud.state, f"{kind}s", {})
    key = next((record.id for record in table.values() if record.name == name), None)
    if key is None:
        return False
    if kind in REMOVERS:
        REMOVERS[kind](cloud, key)
    else:
        table.pop(key, None)
    cloud.actions.abandon(Ref(kind, key))
    cloud.touch()
    return True
