"""Servers: power, and what needs a server to be off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.billing import end_rent, rent
from provisioner.rehearsal.hetzner.call import Answer, Call, Effect, Handler, Route
from provisioner.rehearsal.hetzner.model import Action, Ref, Server
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.resources.common import find, started
from provisioner.rehearsal.hetzner.resources.server_orders import (
    check_user_data,
    image_of,
    require_stock,
    server_type_of,
)

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "server"


class ChangeType(msgspec.Struct):
    """The body of change_type."""

    server_type: str | int
    upgrade_disk: bool


class Rebuild(msgspec.Struct):
    """The body of rebuild."""

    image: str | int
    user_data: str | None = None


def free(cloud: Cloud, call: Call) -> Server:
    """Return the server of a request, if no action runs on it."""
    server = find(cloud.state.servers, KIND, call.params[0])
    cloud.actions.require_free(Ref(KIND, server.id))
    return server


def _simple(command: str, status: str) -> Handler:
    """Return a handler that begins an action and shows a status while it runs."""

    def handler(cloud: Cloud, call: Call) -> Answer:
        server = free(cloud, call)
        data = {"was": server.status}
        server.status = status
        return started(cloud.actions.begin(command, Ref(KIND, server.id), data=data))

    handler.__doc__ = f"Begin {command}."
    return handler


def switched_on(cloud: Cloud, action: Action) -> None:
    """Let the server run, and tell the world to boot it."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None:
        server.status = "running"
        if action.data.get("was") != "running" or action.command != "start_server":
            cloud.tell("server_started", server.id)


def switched_off(cloud: Cloud, action: Action) -> None:
    """Let the server stand still."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None and server.status != "deleting":
        server.status = "off"
        cloud.tell("server_stopped", server.id)


def restarted(cloud: Cloud, action: Action) -> None:
    """Stop the machine and start it again."""
    switched_off(cloud, action)
    switched_on(cloud, action)


def shutdown(cloud: Cloud, call: Call) -> Answer:
    """Ask the guest to stop; it does so by itself, after the action has ended."""
    server = free(cloud, call)
    action = cloud.actions.begin("shutdown_server", Ref(KIND, server.id))
    return started(action)


def shutdown_asked(cloud: Cloud, action: Action) -> None:
    """Let the guest take its time to stop."""
    cloud.actions.begin("guest_shutdown", action.resources[0], locks=(), hidden=True)


def change_type(cloud: Cloud, call: Call) -> Answer:
    """Begin to give a stopped server another type; the API starts it again."""
    server = free(cloud, call)
    kind = server_type_of(cloud, call.body.server_type)
    if server.status != "off":
        raise Refused("server_not_stopped", "server must be stopped", {})
    own = cloud.catalogue.server_type[server.type]
    if kind.name == own.name or kind.architecture != own.architecture or kind.disk < server.disk:
        raise Refused("invalid_server_type", "the server type does not fit the server", {})
    require_stock(cloud, kind, server.location)
    disk = kind.disk if call.body.upgrade_disk else server.disk
    data = {"type": kind.name, "disk": disk, "was": server.status}
    server.status = "migrating"
    action = cloud.actions.begin("change_server_type", Ref(KIND, server.id), data=data)
    return started(action)


def type_changed(cloud: Cloud, action: Action) -> None:
    """Let the server be of its new type, billed so, and start it."""
    server = cloud.state.servers.get(action.resources[0].id)
    offer = cloud.catalogue.server_type[action.data["type"]].offered(
        server.location if server else ""
    )
    if server is not None and offer is not None:
        server.type, server.disk = action.data["type"], action.data["disk"]
        end_rent(cloud, KIND, server.id)
        rent(cloud, KIND, server, server.type, server.location, offer)
        switched_on(cloud, action)


def rebuild(cloud: Cloud, call: Call) -> Answer:
    """Begin to start a server anew from an image."""
    server = free(cloud, call)
    if server.protected_rebuild:
        raise Refused("protected", "server rebuild is protected", {})
    kind = cloud.catalogue.server_type[server.type]
    image = image_of(cloud, call.body.image, kind.architecture)
    user_data = server.user_data if call.body.user_data is None else call.body.user_data
    check_user_data(cloud, user_data)
    data = {"image": image.id, "user_data": user_data, "was": server.status}
    server.status = "rebuilding"
    action = cloud.actions.begin("rebuild_server", Ref(KIND, server.id), data=data)
    return started(action, root_password=None)


def rebuilt(cloud: Cloud, action: Action) -> None:
    """Let the server boot its new disk for the first time."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None:
        server.image, server.user_data = action.data["image"], action.data["user_data"]
        cloud.tell("server_deleted", server.id)
        switched_on(cloud, action)


_AT = "/servers/{}/actions"
ROUTES = (
    Route("POST", f"{_AT}/poweron", _simple("start_server", "starting")),
    Route("POST", f"{_AT}/poweroff", _simple("stop_server", "stopping")),
    Route("POST", f"{_AT}/reboot", _simple("reboot_server", "starting")),
    Route("POST", f"{_AT}/reset", _simple("reset_server", "starting")),
    Route("POST", f"{_AT}/shutdown", shutdown),
    Route("POST", f"{_AT}/change_type", change_type, ChangeType),
    Route("POST", f"{_AT}/rebuild", rebuild, Rebuild),
)
EFFECTS: dict[str, Effect] = {
    "start_server": switched_on,
    "stop_server": switched_off,
    "guest_shutdown": switched_off,
    "shutdown_server": shutdown_asked,
    "reboot_server": restarted,
    "reset_server": restarted,
    "change_server_type": type_changed,
    "rebuild_server": rebuilt,
}
