"""Servers: protection, backups, rescue system, passwords, names of addresses, placement."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.call import Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.model import Action, Ref
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources import placement_groups
from provisioner.rehearsal.hetzner.resources.common import DnsPtr, started
from provisioner.rehearsal.hetzner.resources.server_power import KIND, free

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

BACKUP_WINDOW = "22-02"


class ProtectServer(msgspec.Struct):
    """The body of change_protection; both must be equal, as the API demands."""

    delete: bool | None = None
    rebuild: bool | None = None


class Rescue(msgspec.Struct):
    """The body of enable_rescue."""

    type: str = "linux64"
    ssh_keys: list[int] = []


class Group(msgspec.Struct):
    """The body of add_to_placement_group."""

    placement_group: int


def _password(key: int) -> str:
    return sha256(f"password of {key}".encode()).hexdigest()[:20]


def change_protection(cloud: Cloud, call: Call) -> Answer:
    """Begin to change what is refused."""
    server, body = free(cloud, call), call.body
    delete = server.protected if body.delete is None else body.delete
    rebuild = server.protected_rebuild if body.rebuild is None else body.rebuild
    if delete != rebuild:
        raise invalid("delete", "delete and rebuild protection must be equal")
    data = {"table": KIND, "delete": delete, "rebuild": rebuild}
    return started(cloud.actions.begin("change_protection", Ref(KIND, server.id), data=data))


def enable_backup(cloud: Cloud, call: Call) -> Answer:
    """Begin to back the server up daily."""
    return started(cloud.actions.begin("enable_backup", Ref(KIND, free(cloud, call).id)))


def disable_backup(cloud: Cloud, call: Call) -> Answer:
    """Begin to stop the backups."""
    return started(cloud.actions.begin("disable_backup", Ref(KIND, free(cloud, call).id)))


def backup_set(cloud: Cloud, action: Action) -> None:
    """Let the server have a backup window, or none."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None:
        server.backup_window = BACKUP_WINDOW if action.command == "enable_backup" else None


def enable_rescue(cloud: Cloud, call: Call) -> Answer:
    """Begin to let the next boot be that of the rescue system."""
    server = free(cloud, call)
    action = cloud.actions.begin("enable_rescue", Ref(KIND, server.id))
    return started(action, root_password=_password(action.id))


def disable_rescue(cloud: Cloud, call: Call) -> Answer:
    """Begin to let the next boot be that of the disk."""
    return started(cloud.actions.begin("disable_rescue", Ref(KIND, free(cloud, call).id)))


def rescue_set(cloud: Cloud, action: Action) -> None:
    """Let the server boot as asked."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None:
        server.rescue = action.command == "enable_rescue"


def reset_password(cloud: Cloud, call: Call) -> Answer:
    """Begin to give root another password."""
    action = cloud.actions.begin("reset_password", Ref(KIND, free(cloud, call).id))
    return started(action, root_password=_password(action.id))


def change_dns_ptr(cloud: Cloud, call: Call) -> Answer:
    """Begin to change what one of the server's addresses resolves to."""
    server = free(cloud, call)
    body: DnsPtr = call.body
    for key in (server.ipv4, server.ipv6):
        address = cloud.state.primary_ips.get(key or 0)
        if address is not None and body.ip.startswith(address.ip.split("::/")[0]):
            data = {"id": address.id, "ip": body.ip, "dns_ptr": body.dns_ptr}
            ref = Ref(KIND, server.id)
            return started(
                cloud.actions.begin("change_dns_ptr", ref, effect="change_ip_dns_ptr", data=data)
            )
    raise invalid("ip", "is none of the server's addresses")


def add_to_placement_group(cloud: Cloud, call: Call) -> Answer:
    """Begin to move a stopped server into a placement group."""
    server, key = free(cloud, call), call.body.placement_group
    placement_groups.require_room(cloud, key)
    if server.status != "off":
        raise Refused("server_not_stopped", "server must be stopped", {})
    if server.placement_group is not None:
        raise Refused("server_already_added", "server is already in a placement group", {})
    own, other = Ref(KIND, server.id), Ref("placement_group", key)
    data = {"group": key}
    return started(cloud.actions.begin("add_to_placement_group", own, other, data=data))


def remove_from_placement_group(cloud: Cloud, call: Call) -> Answer:
    """Begin to take a server out of its placement group."""
    server = free(cloud, call)
    if server.placement_group is None:
        raise invalid("server", "server is in no placement group")
    own, other = Ref(KIND, server.id), Ref("placement_group", server.placement_group)
    data = {"group": None}
    return started(cloud.actions.begin("remove_from_placement_group", own, other, data=data))


def placed(cloud: Cloud, action: Action) -> None:
    """Let the server be in the group, or in none; the group may be gone by now."""
    server = cloud.state.servers.get(action.resources[0].id)
    group = action.data["group"]
    if server is not None and (group is None or group in cloud.state.placement_groups):
        server.placement_group = group


_AT = "/servers/{}/actions"
ROUTES = (
    Route("POST", f"{_AT}/change_protection", change_protection, ProtectServer),
    Route("POST", f"{_AT}/enable_backup", enable_backup),
    Route("POST", f"{_AT}/disable_backup", disable_backup),
    Route("POST", f"{_AT}/enable_rescue", enable_rescue, Rescue),
    Route("POST", f"{_AT}/disable_rescue", disable_rescue),
    Route("POST", f"{_AT}/reset_password", reset_password),
    Route("POST", f"{_AT}/change_dns_ptr", change_dns_ptr, DnsPtr),
    Route("POST", f"{_AT}/add_to_placement_group", add_to_placement_group, Group),
    Route("POST", f"{_AT}/remove_from_placement_group", remove_from_placement_group),
)
EFFECTS: dict[str, Effect] = {
    "enable_backup": backup_set,
    "disable_backup": backup_set,
    "enable_rescue": rescue_set,
    "disable_rescue": rescue_set,
    "add_to_placement_group": placed,
    "remove_from_placement_group": placed,
}
