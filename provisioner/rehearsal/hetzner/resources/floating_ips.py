"""Floating IPs: public addresses that move between running servers of a network zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.billing import end_rent, rent
from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.catalogue import wire
from provisioner.rehearsal.hetzner.model import Action, FloatingIp, Ref, Server
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
from provisioner.rehearsal.hetzner.resources.primary_ips import Version

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "floating_ip"
LONGEST_DESCRIPTION = 255


class Create(msgspec.Struct):
    """The body of POST /floating_ips."""

    type: Version
    name: str | None = None
    description: str | None = None
    home_location: str | None = None
    server: int | None = None
    labels: Labels | None = None


class UpdateFloatingIp(Update):
    """The body of PUT /floating_ips/{id}."""

    description: str | None = None


class Assign(msgspec.Struct):
    """The body of the assign action."""

    server: int


def view(cloud: Cloud, address: FloatingIp) -> JSON:
    """Return a floating IP's answer."""
    return {
        "id": address.id,
        "name": address.name,
        "description": address.description,
        "ip": address.ip,
        "type": address.type,
        "server": address.server,
        "dns_ptr": [{"ip": ip, "dns_ptr": ptr} for ip, ptr in address.dns_ptr.items()],
        "home_location": wire.location(cloud.catalogue, address.location),
        "blocked": False,
        "protection": {"delete": address.protected},
        "labels": address.labels,
        "created": moment(address.created),
    }


def of_server(cloud: Cloud, key: int) -> list[int]:
    """Return the floating IPs of a server, by id."""
    return [address.id for address in cloud.state.floating_ips.values() if address.server == key]


def _check_description(text: str | None) -> str:
    if len(text or "") > LONGEST_DESCRIPTION:
        raise invalid("description", f"must have at most {LONGEST_DESCRIPTION} characters")
    return text or ""


def _require_near(cloud: Cloud, location: str, server: Server) -> None:
    place = cloud.catalogue.location
    if place[location].network_zone != place[server.location].network_zone:
        raise invalid("server", "server is in another network zone than the floating ip")


def create(cloud: Cloud, call: Call) -> Answer:
    """Rent an address, and begin to assign it where the request says so."""
    body: Create = call.body
    table = cloud.state.floating_ips
    if body.name is not None:
        check_unique(table.values(), KIND, check_name(body.name))
    description, labels = _check_description(body.description), checked(body.labels)
    server = None if body.server is None else find(cloud.state.servers, "server", body.server)
    location = body.home_location or (server.location if server else None)
    if location not in cloud.catalogue.location:
        raise invalid("home_location", "must name a location, or a server must be given")
    if server is not None:
        _require_near(cloud, location, server)
    cloud.require_quota(KIND, len(table))
    address = _rented(cloud, body, location, labels)
    address.description = description
    action = None
    if server is not None:
        action = action_view(_begin(cloud, address, "assign_floating_ip", server.id), cloud.now())
    return Answer({KIND: view(cloud, address), "action": action}, 201)


def _rented(cloud: Cloud, body: Create, location: str, labels: Labels) -> FloatingIp:
    key = cloud.new_id()
    address = FloatingIp(
        id=key,
        name=body.name or f"floating-ip-{key}",
        created=cloud.now(),
        labels=labels,
        type=body.type,
        ip=cloud.new_ipv6() if body.type == "ipv6" else cloud.new_server_ipv4(),
        location=location,
    )
    if body.type == "ipv4":
        address.dns_ptr[address.ip] = pointers.usual(address.ip)
    cloud.state.floating_ips[key] = address
    rent(cloud, KIND, address, body.type, location, cloud.catalogue.prices.floating(body.type))
    return address


def _begin(cloud: Cloud, address: FloatingIp, command: str, server: int) -> Action:
    refs = (Ref(KIND, address.id), Ref("server", server))
    return cloud.actions.begin(command, *refs)


def assigned(cloud: Cloud, action: Action) -> None:
    """Let the address lead to its server."""
    address = cloud.state.floating_ips.get(action.resources[0].id)
    if address is not None and action.resources[1].id in cloud.state.servers:
        address.server = action.resources[1].id


def unassigned(cloud: Cloud, action: Action) -> None:
    """Let the address lead nowhere."""
    address = cloud.state.floating_ips.get(action.resources[0].id)
    if address is not None:
        address.server = None


def _free(cloud: Cloud, call: Call) -> FloatingIp:
    address = find(cloud.state.floating_ips, KIND, call.params[0])
    cloud.actions.require_free(Ref(KIND, address.id))
    return address


def put(cloud: Cloud, call: Call) -> Answer:
    """Change an address's name, description or labels."""
    text = call.body.description
    if text is not None:
        _check_description(text)
    address = update(cloud.state.floating_ips, KIND, call)
    address.description = address.description if text is None else text
    return Answer({KIND: view(cloud, address)})


def delete(cloud: Cloud, call: Call) -> Answer:
    """Give an address back, even where a server has it."""
    address = _free(cloud, call)
    require_unprotected(address, KIND)
    remove(cloud, address.id)
    return Answer(None, 204)


def remove(cloud: Cloud, key: int) -> None:
    """Take an address out of the project."""
    del cloud.state.floating_ips[key]
    end_rent(cloud, KIND, key)


def assign(cloud: Cloud, call: Call) -> Answer:
    """Begin to let the address lead to a server."""
    address = _free(cloud, call)
    server = find(cloud.state.servers, "server", call.body.server)
    _require_near(cloud, address.location, server)
    return started(_begin(cloud, address, "assign_floating_ip", server.id))


def unassign(cloud: Cloud, call: Call) -> Answer:
    """Begin to take the address from its server."""
    address = _free(cloud, call)
    if address.server is None:
        raise Refused("service_error", "floating ip is not assigned", {})
    return started(_begin(cloud, address, "unassign_floating_ip", address.server))


def change_dns_ptr(cloud: Cloud, call: Call) -> Answer:
    """Begin to change what the address resolves to."""
    address, body = _free(cloud, call), call.body
    if not body.ip.startswith(address.ip.split("::/")[0]):
        raise invalid("ip", "is not the floating ip's address")
    data = {"ip": body.ip, "dns_ptr": body.dns_ptr}
    ref, effect = Ref(KIND, address.id), "change_floating_ip_dns_ptr"
    return started(cloud.actions.begin("change_dns_ptr", ref, effect=effect, data=data))


def dns_ptr_changed(cloud: Cloud, action: Action) -> None:
    """Let the address resolve as asked."""
    address = cloud.state.floating_ips.get(action.resources[0].id)
    if address is not None:
        pointers.change(address.dns_ptr, action)


FLOATING_IPS = Kind(KIND, view, sorts=("id", "created"))
_AT = "/floating_ips/{}/actions"
ROUTES = (
    *FLOATING_IPS.reading(),
    Route("POST", "/floating_ips", create, Create),
    Route("PUT", "/floating_ips/{}", put, UpdateFloatingIp),
    Route("DELETE", "/floating_ips/{}", delete),
    Route("POST", f"{_AT}/assign", assign, Assign),
    Route("POST", f"{_AT}/unassign", unassign),
    FLOATING_IPS.protecting(),
    Route("POST", f"{_AT}/change_dns_ptr", change_dns_ptr, DnsPtr),
)
EFFECTS: dict[str, Effect] = {
    "assign_floating_ip": assigned,
    "unassign_floating_ip": unassigned,
    "change_floating_ip_dns_ptr": dns_ptr_changed,
}
