"""What exists in the project now: ours by label, attached to ours, or somebody else's.

Everything of every kind is listed whole, so that one look tells what is ours, how much is not, and
which names are taken. Zones are DNS and no part of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from provisioner.facts import ResourceItem
from provisioner.hetzner.client import Hetzner, Json

LABEL = "catalyst.openova.io/sovereign"
"""Its value is the Sovereign's full name; on everything that is rented for it."""

KINDS = {
    "server": "servers",
    "load_balancer": "load_balancers",
    "volume": "volumes",
    "primary_ip": "primary_ips",
    "network": "networks",
    "firewall": "firewalls",
    "placement_group": "placement_groups",
    "ssh_key": "ssh_keys",
}
"""Kind, and both its path and its list's name in the API."""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a project."""

    items: tuple[ResourceItem, ...]
    """What belongs to the Sovereign, by label or because it is attached to what does."""
    others: tuple[ResourceItem, ...]
    """Everything else in the project; never touched."""
    protected: tuple[ResourceItem, ...] = ()
    """Which of the items Hetzner refuses to delete until their protection is lifted."""
    running: tuple[ResourceItem, ...] = ()
    """Which of the items are servers that are not off."""
    dependents: tuple[ResourceItem, ...] = ()
    """Servers of others that are in a network, behind a firewall or in a group of the items."""
    parts: frozenset[tuple[str, str]] = frozenset()
    """(kind, id as OpenTofu writes it) of every subnet, attachment and service of the items."""
    made: Mapping[tuple[str, str], str] = {}
    """When each item was created, by (kind, id), as the API writes it."""

    @property
    def foreign(self) -> int:
        """How many resources of the project belong to others."""
        return len(self.others)

    def of_kind(self, kind: str) -> Iterator[ResourceItem]:
        """Yield all resources of one kind, ours and others'."""
        return (each for each in (*self.items, *self.others) if each.kind == kind)


Known = frozenset[tuple[str, str]]
"""(kind, id) of what OpenTofu's state holds: ours, even if somebody took its label away."""


async def read_inventory(hetzner: Hetzner, fqdn: str, known: Known = frozenset()) -> Inventory:
    """Return whose everything in the project is; raises HetznerError."""
    return sort_out(await list_project(hetzner), fqdn, known)


async def list_project(hetzner: Hetzner) -> dict[str, list[Json]]:
    """List the project by kind; raises HetznerError. One request a kind and page."""
    try:
        async with asyncio.TaskGroup() as tasks:
            listing = {
                kind: tasks.create_task(hetzner.list(f"/{path}", path))
                for kind, path in KINDS.items()
            }
    except ExceptionGroup as group:
        # One reason is enough, and callers expect an error they can explain.
        raise group.exceptions[0] from None
    return {kind: task.result() for kind, task in listing.items()}


def sort_out(found: dict[str, list[Json]], fqdn: str, known: Known = frozenset()) -> Inventory:
    """Return whose each resource is; ``found`` holds the API's objects by kind."""
    labelled = {
        (kind, each["id"])
        for kind, each in _all(found)
        if (each.get("labels") or {}).get(LABEL) == fqdn
    }
    stated = {(kind, each["id"]) for kind, each in _all(found) if (kind, str(each["id"])) in known}
    certain = labelled | stated
    items, others, protected, running = [], [], [], []
    parts: set[tuple[str, str]] = set()
    made: dict[tuple[str, str], str] = {}
    for kind, each in _all(found):
        if (kind, each["id"]) in labelled:
            item = _item(kind, each, "label")
        elif (kind, each["id"]) in stated:
            item = _item(kind, each, "state")
        elif any(holder in certain for holder in _holders(kind, each)):
            item = _item(kind, each, "attached")
        else:
            others.append(_item(kind, each, "foreign"))
            continue
        items.append(item)
        parts.update(_parts(kind, each))
        made[item.kind, item.id] = str(each.get("created") or "")
        if (each.get("protection") or {}).get("delete"):
            protected.append(item)
        if kind == "server" and each.get("status") != "off":
            running.append(item)
    return Inventory(
        items=tuple(items),
        others=tuple(others),
        protected=tuple(protected),
        running=tuple(running),
        dependents=tuple(_dependents(found, certain)),
        parts=frozenset(parts),
        made=made,
    )


def _all(found: dict[str, list[Json]]) -> Iterator[tuple[str, Json]]:
    for kind, each in found.items():
        for one in each:
            yield kind, one


def _holders(kind: str, each: Json) -> Iterable[tuple[str, Any]]:
    """Yield what a resource hangs on: a labelled one there makes this one ours to clean up.

    Servers do not count: one that somebody put into our network is still somebody's server.
    """
    match kind:
        case "volume":
            yield "server", each.get("server")
        case "primary_ip":
            yield "server", each.get("assignee_id")
        case "load_balancer":
            for net in each.get("private_net") or ():
                yield "network", net.get("network")


def _dependents(
    found: dict[str, list[Json]], ours: Container[tuple[str, Any]]
) -> Iterator[ResourceItem]:
    """Yield the servers of others that hang on what is ours."""
    for each in found["server"]:
        public, group = each.get("public_net") or {}, each.get("placement_group") or {}
        held = [("network", net.get("network")) for net in each.get("private_net") or ()]
        held += [("firewall", one.get("id")) for one in public.get("firewalls") or ()]
        held += [("placement_group", group.get("id"))]
        if ("server", each["id"]) not in ours and any(one in ours for one in held):
            yield _item("server", each, "foreign")


def _parts(kind: str, each: Json) -> Iterator[tuple[str, str]]:
    """Yield what a resource holds that has no listing of its own, as the provider names it."""
    own = each["id"]
    for subnet in each.get("subnets") or ():
        yield "network_subnet", f"{own}-{subnet.get('ip_range')}"
    for net in each.get("private_net") or ():
        yield f"{kind}_network", f"{own}-{net.get('network')}"
    for service in each.get("services") or ():
        yield "load_balancer_service", f"{own}__{service.get('listen_port')}"


def _item(kind: str, each: Json, owner: str) -> ResourceItem:
    return ResourceItem(
        kind=kind,
        id=str(each["id"]),
        name=str(each.get("name") or ""),
        owner=owner,
        address=_address(kind, each),
    )


def _address(kind: str, each: Json) -> str:
    if kind == "primary_ip":
        return str(each.get("ip") or "")
    public = each.get("public_net") or {}
    return str((public.get("ipv4") or {}).get("ip") or "")
