"""Placement groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Route
from provisioner.rehearsal.hetzner.model import PlacementGroup
from provisioner.rehearsal.hetzner.paging import having, named, ordered, page
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    Update,
    check_name,
    check_unique,
    checked,
    find,
    moment,
    update,
)

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "placement_group"


class Create(msgspec.Struct):
    """The body of POST /placement_groups."""

    name: str
    type: Literal["spread"]
    labels: Labels | None = None


def members(cloud: Cloud, key: int) -> list[int]:
    """Return the servers in a group, by id."""
    return [s.id for s in cloud.state.servers.values() if s.placement_group == key]


def view(cloud: Cloud, group: PlacementGroup) -> JSON:
    """Return a group's answer."""
    return {
        "id": group.id,
        "name": group.name,
        "labels": group.labels,
        "created": moment(group.created),
        "servers": members(cloud, group.id),
        "type": group.type,
    }


def require_room(cloud: Cloud, key: int) -> None:
    """Refuse one more server in a full group; raises not_found where there is none."""
    group = find(cloud.state.placement_groups, KIND, key)
    if len(members(cloud, group.id)) >= cloud.catalogue.limits.placement_group_servers:
        raise Refused("placement_error", "placement group has no room for another server", {})


def list_all(cloud: Cloud, call: Call) -> Answer:
    """Answer the project's groups."""
    kept = having(call, named(call, cloud.state.placement_groups.values()), "type")
    kept = ordered(call, kept, "id", "name", "created")
    return page(call, cloud.catalogue.limits, "placement_groups", kept, lambda g: view(cloud, g))


def create(cloud: Cloud, call: Call) -> Answer:
    """Add a group; it is there at once."""
    body: Create = call.body
    table = cloud.state.placement_groups
    check_unique(table.values(), KIND, check_name(body.name))
    labels = checked(body.labels)
    cloud.require_quota(KIND, len(table))
    group = PlacementGroup(
        id=cloud.new_id(), name=body.name, created=cloud.now(), labels=labels, type=body.type
    )
    table[group.id] = group
    return Answer({KIND: view(cloud, group), "action": None}, 201)


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one group."""
    group = find(cloud.state.placement_groups, KIND, call.params[0])
    return Answer({KIND: view(cloud, group)})


def put(cloud: Cloud, call: Call) -> Answer:
    """Change a group's name or labels."""
    return Answer({KIND: view(cloud, update(cloud.state.placement_groups, KIND, call))})


def delete(cloud: Cloud, call: Call) -> Answer:
    """Remove a group; its servers stay where they are."""
    group = find(cloud.state.placement_groups, KIND, call.params[0])
    remove(cloud, group.id)
    return Answer(None, 204)


def remove(cloud: Cloud, key: int) -> None:
    """Take a group out of the project."""
    for member in members(cloud, key):
        cloud.state.servers[member].placement_group = None
    del cloud.state.placement_groups[key]


ROUTES = (
    Route("GET", "/placement_groups", list_all),
    Route("POST", "/placement_groups", create, Create),
    Route("GET", "/placement_groups/{}", get),
    Route("PUT", "/placement_groups/{}", put, Update),
    Route("DELETE", "/placement_groups/{}", delete),
)
