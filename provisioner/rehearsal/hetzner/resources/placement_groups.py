"""Placement groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Route
from provisioner.rehearsal.hetzner.model import PlacementGroup
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    check_name,
    check_unique,
    checked,
    find,
    moment,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind

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


GROUPS = Kind(KIND, view, ("type",))
ROUTES = (
    *GROUPS.reading(),
    Route("POST", "/placement_groups", create, Create),
    GROUPS.updating(),
    Route("DELETE", "/placement_groups/{}", delete),
)
