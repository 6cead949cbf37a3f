"""Primary IPs: public addresses with a life of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from provisioner.rehearsal.hetzner.billing import end_rent, rent
from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.catalogue import wire
from provisioner.rehearsal.hetzner.model import Action, PrimaryIp, Ref, Server
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources import pointers
from provisioner.rehearsal.hetzner.resources.common import (
    DnsPtr,
    Labels,
    Update,
    action_view,
    check_name,
    check_unique,
    checked,
    find,
    moment,
    require_unprotected,
    started,
    update,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "primary_ip"
Version = Literal["ipv4", "ipv6"]


class Create(msgspec.Struct):
    """The body of POST /primary_ips."""

    name: str
    type: Version
    assignee_type: str = "server"
    assignee_id: int | None = None
    location: str | None = None
    auto_delete: bool = False
    labels: Labels | None = None


class UpdateIp(Update):
    """The body of PUT /primary_ips/{id}."""

    auto_delete: bool | None = None


class Assign(msgspec.Struct):
    """The body of the assign action."""

    assignee_id: int
    assignee_type: str = "server"


def view(cloud: Cloud, address: PrimaryIp) -> JSON:
    """Return a primary IP's answer."""
    return {
        "id": address.id,
        "ip": address.ip,
        "name": address.name,
        "labels": address.labels,
        "type": address.type,
        "protection": {"delete": address.protected},
        "dns_ptr": [{"ip": ip, "dns_ptr": ptr} for ip, ptr in address.dns_ptr.items()],
        "assignee_id": address.assignee,
        "assignee_type": "unassigned" if address.assignee is None else "server",
        "auto_delete": address.auto_delete,
        "blocked": False,
        "created": moment(address.created),
        "location": wire.location(cloud.catalogue, address.location),
    }


def allocate(
    cloud: Cloud, name: str, version: Version, location: str, labels: Labels, *, auto_delete: bool
) -> PrimaryIp:
    """Rent an address; the quota was asked before."""
    ip = cloud.new_server_ipv4() if version == "ipv4" else cloud.new_ipv6()
    key = cloud.new_id()
    address = PrimaryIp(
        id=key,
        name=name or f"primary_ip-{key}",
        created=cloud.now(),
        labels=labels,
        type=version,
        ip=ip,
        location=location,
        auto_delete=auto_delete,
    )
    if version == "ipv4":
        address.dns_ptr[ip] = pointers.usual(ip)
    cloud.state.primary_ips[key] = address
    prices = cloud.catalogue.prices
    amount = prices.primary_ipv4 if version == "ipv4" else prices.primary_ipv6
    rent(cloud, KIND, address, version, location, amount)
    return address


def release(cloud: Cloud, key: int) -> None:
    """Give an address back."""
    cloud.state.primary_ips.pop(key, None)
    end_rent(cloud, KIND, key)


def remove(cloud: Cloud, key: int) -> None:
    """Take an address from its server, and give it back."""
    disconnect(cloud, cloud.state.primary_ips[key])
    release(cloud, key)


def connect(server: Server, address: PrimaryIp) -> None:
    """Make an address a server's own."""
    address.assignee = server.id
    if address.type == "ipv4":
        server.ipv4 = address.id
    else:
        server.ipv6 = address.id


def disconnect(cloud: Cloud, address: PrimaryIp) -> None:
    """Take an address from its server, if it has one."""
    server = cloud.state.servers.get(address.assignee or 0)
    address.assignee = None
    if server is not None and server.ipv4 == address.id:
        server.ipv4 = None
    if server is not None and server.ipv6 == address.id:
        server.ipv6 = None


def require_assignable(cloud: Cloud, address: PrimaryIp, server: Server) -> None:
    """Refuse to give an address to a server that cannot have it now."""
    if address.assignee is not None:
        raise Refused("primary_ip_already_assigned", "primary ip is already assigned", {})
    if address.location != server.location:
        raise Refused("primary_ip_datacenter_mismatch", "primary ip is in another location", {})
    if server.status != "off":
        raise Refused("server_not_stopped", "server must be stopped", {})
    if getattr(server, address.type) is not None:
        raise Refused(f"server_has_{address.type}", f"server has an {address.type}", {})
    cloud.actions.require_free(Ref("server", server.id))


def _assignee(cloud: Cloud, key: int, kind: str) -> Server:
    if kind != "server":
        raise invalid("assignee_type", "must be server")
    return find(cloud.state.servers, "server", key)


def create(cloud: Cloud, call: Call) -> Answer:
    """Rent an address, and begin to assign it where the request says so."""
    body: Create = call.body
    table = cloud.state.primary_ips
    check_unique(table.values(), KIND, check_name(body.name))
    labels = checked(body.labels)
    server = (
        None if body.assignee_id is None else _assignee(cloud, body.assignee_id, body.assignee_type)
    )
    location = server.location if server else body.location
    if location not in cloud.catalogue.location:
        raise invalid("location", "must name a location, or an assignee must be given")
    cloud.require_quota(KIND, len(table))
    if server is not None:
        probe = PrimaryIp(id=0, name="", created=0, type=body.type, ip="", location=location)
        require_assignable(cloud, probe, server)
    address = allocate(cloud, body.name, body.type, location, labels, auto_delete=body.auto_delete)
    action = None
    if server is not None:
        action = action_view(_begin_assign(cloud, address, server), cloud.now())
    return Answer({KIND: view(cloud, address), "action": action}, 201)


def _begin_assign(cloud: Cloud, address: PrimaryIp, server: Server) -> Action:
    own, other = Ref(KIND, address.id), Ref("server", server.id)
    return cloud.actions.begin("assign_primary_ip", own, other, locks=(own, other))


def assigned(cloud: Cloud, action: Action) -> None:
    """Connect the address with its server."""
    address = cloud.state.primary_ips.get(action.resources[0].id)
    server = cloud.state.servers.get(action.resources[1].id)
    if address is not None and server is not None:
        connect(server, address)
        cloud.tell("server_changed", server.id)


def unassigned(cloud: Cloud, action: Action) -> None:
    """Part the address from its server."""
    address = cloud.state.primary_ips.get(action.resources[0].id)
    if address is not None:
        server = address.assignee
        disconnect(cloud, address)
        if server in cloud.state.servers:
            cloud.tell("server_changed", server)


def put(cloud: Cloud, call: Call) -> Answer:
    """Change an address's name, labels or whether it dies with its server."""
    address = update(cloud.state.primary_ips, KIND, call)
    if call.body.auto_delete is not None:
        address.auto_delete = call.body.auto_delete
    return Answer({KIND: view(cloud, address)})


def delete(cloud: Cloud, call: Call) -> Answer:
    """Give an address back, if no server has it."""
    address = find(cloud.state.primary_ips, KIND, call.params[0])
    require_unprotected(address, KIND)
    cloud.actions.require_free(Ref(KIND, address.id))
    if address.assignee is not None:
        raise Refused("must_be_unassigned", "primary ip must be unassigned first", {})
    release(cloud, address.id)
    return Answer(None, 204)


def assign(cloud: Cloud, call: Call) -> Answer:
    """Begin to give an address to a stopped server."""
    address = find(cloud.state.primary_ips, KIND, call.params[0])
    server = _assignee(cloud, call.body.assignee_id, call.body.assignee_type)
    cloud.actions.require_free(Ref(KIND, address.id))
    require_assignable(cloud, address, server)
    return started(_begin_assign(cloud, address, server))


def unassign(cloud: Cloud, call: Call) -> Answer:
    """Begin to take an address from its stopped server."""
    address = find(cloud.state.primary_ips, KIND, call.params[0])
    server = cloud.state.servers.get(address.assignee or 0)
    if server is None:
        raise Refused("primary_ip_not_assigned", "primary ip is not assigned", {})
    if server.status != "off":
        raise Refused("server_not_stopped", "server must be stopped", {})
    own, other = Ref(KIND, address.id), Ref("server", server.id)
    cloud.actions.require_free(own, other)
    return started(cloud.actions.begin("unassign_primary_ip", own, other, locks=(own, other)))


def change_dns_ptr(cloud: Cloud, call: Call) -> Answer:
    """Begin to change what the address resolves to."""
    address = find(cloud.state.primary_ips, KIND, call.params[0])
    ref = Ref(KIND, address.id)
    cloud.actions.require_free(ref)
    data = {"ip": call.body.ip, "dns_ptr": call.body.dns_ptr}
    return started(
        cloud.actions.begin("change_dns_ptr", ref, effect="change_ip_dns_ptr", data=data)
    )


def dns_ptr_changed(cloud: Cloud, action: Action) -> None:
    """Let the address resolve as asked."""
    address = cloud.state.primary_ips.get(action.data.get("id", action.resources[0].id))
    if address is not None:
        pointers.change(address.dns_ptr, action)


PRIMARY_IPS = Kind(KIND, view, ("ip", "type"), ("id", "created"))
_AT = "/primary_ips/{}/actions"
ROUTES = (
    *PRIMARY_IPS.reading(),
    Route("POST", "/primary_ips", create, Create),
    Route("PUT", "/primary_ips/{}", put, UpdateIp),
    Route("DELETE", "/primary_ips/{}", delete),
    Route("POST", f"{_AT}/assign", assign, Assign),
    Route("POST", f"{_AT}/unassign", unassign),
    PRIMARY_IPS.protecting(),
    Route("POST", f"{_AT}/change_dns_ptr", change_dns_ptr, DnsPtr),
)
EFFECTS: dict[str, Effect] = {
    "assign_primary_ip": assigned,
    "unassign_primary_ip": unassigned,
    "change_ip_dns_ptr": dns_ptr_changed,
}
