"""Volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from provisioner.rehearsal.hetzner.billing import end_rent, rent
from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.catalogue import Amount, wire
from provisioner.rehearsal.hetzner.model import Action, Ref, Server, Volume
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    action_view,
    check_name,
    check_unique,
    checked,
    find,
    moment,
    number_of,
    require_unprotected,
    started,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "volume"
LONGEST_NAME = 64


class Create(msgspec.Struct):
    """The body of POST /volumes."""

    name: str
    size: int
    server: int | None = None
    location: str | int | None = None
    automount: bool = False
    format: Literal["ext4", "xfs"] | None = None
    labels: Labels | None = None


class Attach(msgspec.Struct):
    """The body of the attach action."""

    server: int
    automount: bool = False


class Resize(msgspec.Struct):
    """The body of the resize action."""

    size: int


def view(cloud: Cloud, volume: Volume) -> JSON:
    """Return a volume's answer."""
    return {
        "id": volume.id,
        "name": volume.name,
        "server": volume.server,
        "status": volume.status,
        "location": wire.location(cloud.catalogue, volume.location),
        "size": volume.size,
        "format": volume.format,
        "protection": {"delete": volume.protected},
        "labels": volume.labels,
        "linux_device": f"/dev/disk/by-id/scsi-0HC_Volume_{volume.id}",
        "created": moment(volume.created),
    }


def of_server(cloud: Cloud, key: int) -> list[int]:
    """Return the volumes of a server, by id."""
    return [volume.id for volume in cloud.state.volumes.values() if volume.server == key]


def _rent(cloud: Cloud, volume: Volume) -> None:
    monthly = float(cloud.catalogue.prices.volume_gb_month) * volume.size
    amount = Amount(monthly=f"{monthly:.4f}", hourly=f"{monthly / 730:.6f}")
    rent(cloud, KIND, volume, f"{volume.size} GB", volume.location, amount)


def _check_size(cloud: Cloud, size: int, least: int) -> None:
    most = cloud.catalogue.limits.volume_max_gb
    if not least <= size <= most:
        raise invalid("size", f"must be between {least} and {most} GB")


def _place(cloud: Cloud, body: Create, server: Server | None) -> str:
    if server is not None:
        return server.location
    for place in cloud.catalogue.locations:
        if body.location in (place.name, place.id) or number_of(str(body.location)) == place.id:
            return place.name
    raise invalid("location", "must name a location, or a server must be given")


def _require_attachable(cloud: Cloud, server: Server, location: str) -> None:
    if server.location != location:
        raise invalid("server", "server is in another location than the volume")
    _require_room(cloud, len(of_server(cloud, server.id)) + 1)


def require_attachable_to_new(cloud: Cloud, key: int, location: str, wanted: int) -> None:
    """Refuse a volume that a server ordered in ``location`` cannot have, or too many of them."""
    volume = find(cloud.state.volumes, KIND, key)
    if volume.server is not None:
        raise Refused("volume_already_attached", "volume is already attached", {})
    cloud.actions.require_free(Ref(KIND, key))
    if volume.location != location:
        raise invalid("volumes", "volume is in another location than the server")
    _require_room(cloud, wanted)


def _require_room(cloud: Cloud, wanted: int) -> None:
    if wanted > cloud.catalogue.limits.volumes_per_server:
        raise Refused(
            "resource_limit_exceeded",
            "volumes per server limit exceeded",
            {"limits": [{"name": "volumes_per_server_limit"}]},
        )


def create(cloud: Cloud, call: Call) -> Answer:
    """Begin to create a volume, and to attach it where the request says so."""
    body: Create = call.body
    table = cloud.state.volumes
    check_unique(table.values(), KIND, check_name(body.name, LONGEST_NAME))
    _check_size(cloud, body.size, cloud.catalogue.limits.volume_min_gb)
    labels = checked(body.labels)
    server = None if body.server is None else find(cloud.state.servers, "server", body.server)
    if body.automount and server is None:
        raise invalid("automount", "needs a server")
    location = _place(cloud, body, server)
    if server is not None:
        _require_attachable(cloud, server, location)
    cloud.require_quota(KIND, len(table))
    volume = Volume(
        id=cloud.new_id(),
        name=body.name,
        created=cloud.now(),
        labels=labels,
        size=body.size,
        location=location,
        format=body.format,
    )
    table[volume.id] = volume
    _rent(cloud, volume)
    action = cloud.actions.begin("create_volume", Ref(KIND, volume.id))
    nexts = [] if server is None else [_begin_attach(cloud, volume, server, action)]
    return _created(cloud, volume, action, nexts)


def _created(cloud: Cloud, volume: Volume, action: Action, nexts: list[Action]) -> Answer:
    now = cloud.now()
    payload: dict[str, Any] = {
        KIND: view(cloud, volume),
        "action": action_view(action, now),
        "next_actions": [action_view(follower, now) for follower in nexts],
    }
    return Answer(payload, 201)


def _begin_attach(
    cloud: Cloud, volume: Volume, server: Server, after: Action | None = None
) -> Action:
    own, other = Ref(KIND, volume.id), Ref("server", server.id)
    return cloud.actions.begin("attach_volume", own, other, after=after)


def created(cloud: Cloud, action: Action) -> None:
    """Let the volume be there."""
    volume = cloud.state.volumes.get(action.resources[0].id)
    if volume is not None:
        volume.status = "available"


def attached(cloud: Cloud, action: Action) -> None:
    """Let the server have the volume."""
    volume = cloud.state.volumes.get(action.resources[0].id)
    if volume is not None and action.resources[1].id in cloud.state.servers:
        volume.server = action.resources[1].id


def detached(cloud: Cloud, action: Action) -> None:
    """Take the volume from its server."""
    volume = cloud.state.volumes.get(action.resources[0].id)
    if volume is not None:
        volume.server = None


def resized(cloud: Cloud, action: Action) -> None:
    """Let the volume be larger, and bill it so."""
    volume = cloud.state.volumes.get(action.resources[0].id)
    if volume is not None:
        volume.size = action.data["size"]
        end_rent(cloud, KIND, volume.id)
        _rent(cloud, volume)


def _free(cloud: Cloud, call: Call) -> Volume:
    volume = find(cloud.state.volumes, KIND, call.params[0])
    cloud.actions.require_free(Ref(KIND, volume.id))
    return volume


def delete(cloud: Cloud, call: Call) -> Answer:
    """Remove a volume that no server has."""
    volume = _free(cloud, call)
    require_unprotected(volume, KIND)
    if volume.server is not None:
        raise Refused("service_error", "volume with attached server cannot be deleted", {})
    remove(cloud, volume.id)
    return Answer(None, 204)


def remove(cloud: Cloud, key: int) -> None:
    """Take a volume out of the project."""
    del cloud.state.volumes[key]
    end_rent(cloud, KIND, key)


def attach(cloud: Cloud, call: Call) -> Answer:
    """Begin to attach a volume to a server."""
    volume = _free(cloud, call)
    if volume.server is not None:
        raise Refused("volume_already_attached", "volume is already attached", {})
    server = find(cloud.state.servers, "server", call.body.server)
    _require_attachable(cloud, server, volume.location)
    cloud.actions.require_free(Ref("server", server.id))
    return started(_begin_attach(cloud, volume, server))


def detach(cloud: Cloud, call: Call) -> Answer:
    """Begin to detach a volume."""
    volume = _free(cloud, call)
    if volume.server is None:
        raise Refused("service_error", "volume is not attached", {})
    own, other = Ref(KIND, volume.id), Ref("server", volume.server)
    return started(cloud.actions.begin("detach_volume", own, other))


def resize(cloud: Cloud, call: Call) -> Answer:
    """Begin to enlarge a volume; it can never shrink."""
    volume = _free(cloud, call)
    _check_size(cloud, call.body.size, volume.size)
    data = {"size": call.body.size}
    return started(cloud.actions.begin("resize_volume", Ref(KIND, volume.id), data=data))


VOLUMES = Kind(KIND, view, ("status",), longest_name=LONGEST_NAME)
_AT = "/volumes/{}/actions"
ROUTES = (
    *VOLUMES.reading(),
    Route("POST", "/volumes", create, Create),
    VOLUMES.updating(),
    Route("DELETE", "/volumes/{}", delete),
    Route("POST", f"{_AT}/attach", attach, Attach),
    Route("POST", f"{_AT}/detach", detach),
    Route("POST", f"{_AT}/resize", resize, Resize),
    VOLUMES.protecting(),
)
EFFECTS: dict[str, Effect] = {
    "create_volume": created,
    "attach_volume": attached,
    "detach_volume": detached,
    "resize_volume": resized,
}
