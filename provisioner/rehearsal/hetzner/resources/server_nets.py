"""Servers in private networks."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.addresses import claim
from provisioner.rehearsal.hetzner.call import Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.model import Action, Attachment, Ref, Server
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import find, started
from provisioner.rehearsal.hetzner.resources.networks import balancers_in, servers_in, taken_in

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "server"


class Attach(msgspec.Struct):
    """The body of attach_to_network."""

    network: int
    ip: str | None = None
    ip_range: str | None = None
    alias_ips: list[str] = []


class Detach(msgspec.Struct):
    """The body of detach_from_network."""

    network: int


class AliasIps(msgspec.Struct):
    """The body of change_alias_ips."""

    network: int
    alias_ips: list[str]


def address_in(
    cloud: Cloud, key: int, zone: str, ip: str | None = None, ip_range: str | None = None
) -> str:
    """Choose an address in a network; raises where the network is unknown or full."""
    network = find(cloud.state.networks, "network", key)
    members = len(servers_in(cloud, key)) + len(balancers_in(cloud, key))
    if members >= cloud.catalogue.limits.network_servers:
        raise Refused(
            "resource_limit_exceeded",
            "network has too many attached resources",
            {"limits": [{"name": "network_attachment_limit"}]},
        )
    return claim(network, zone, taken_in(cloud, key), ip, ip_range)


def require_apart(cloud: Cloud, held: Iterable[int], key: int) -> None:
    """Refuse a network whose range overlaps with one that the server is in."""
    wanted = IPv4Network(find(cloud.state.networks, "network", key).ip_range)
    for other in held:
        if wanted.overlaps(IPv4Network(cloud.state.networks[other].ip_range)):
            said = "the network's ip range overlaps with that of another network of the server"
            raise Refused("networks_overlap", said, {})


def _mac(server: Server, network: int) -> str:
    """Return a hardware address that no other attachment has."""
    raw = f"{server.id % 2**24:06x}{network % 2**16:04x}"
    return "86:" + ":".join(raw[at : at + 2] for at in range(0, 10, 2))


def begin_attach(
    cloud: Cloud,
    server: Server,
    network: int,
    ip: str,
    alias_ips: list[str] | None = None,
    after: Action | None = None,
) -> Action:
    """Begin to attach a server; the address is its own from now on."""
    own, other = Ref(KIND, server.id), Ref("network", network)
    data = {"network": network, "ip": ip, "alias_ips": alias_ips or []}
    return cloud.actions.begin("attach_to_network", own, other, after=after, data=data)


def attach(cloud: Cloud, call: Call) -> Answer:
    """Begin to attach a server to a network."""
    server = find(cloud.state.servers, KIND, call.params[0])
    body: Attach = call.body
    find(cloud.state.networks, "network", body.network)
    cloud.actions.require_free(Ref(KIND, server.id))
    if any(net.network == body.network for net in server.nets):
        raise Refused("server_already_attached", "server is already attached to the network", {})
    require_apart(cloud, [net.network for net in server.nets], body.network)
    zone = cloud.catalogue.location[server.location].network_zone
    ip = address_in(cloud, body.network, zone, body.ip, body.ip_range)
    _check_aliases(cloud, zone, body.network, body.alias_ips, taken_in(cloud, body.network) | {ip})
    return started(begin_attach(cloud, server, body.network, ip, body.alias_ips))


def _check_aliases(cloud: Cloud, zone: str, key: int, wanted: list[str], taken: set[str]) -> None:
    network = cloud.state.networks[key]
    for alias in wanted:
        taken.add(claim(network, zone, taken, alias, None))


def attached(cloud: Cloud, action: Action) -> None:
    """Let the server have its private address."""
    server = cloud.state.servers.get(action.resources[0].id)
    network = int(action.data["network"])
    if server is None or network not in cloud.state.networks:
        return
    mac = _mac(server, network)
    server.nets.append(Attachment(network, action.data["ip"], action.data["alias_ips"], mac))
    cloud.tell("server_changed", server.id)
    cloud.reconsider_selectors()


def _attachment(server: Server, network: int) -> Attachment:
    for net in server.nets:
        if net.network == network:
            return net
    raise invalid("network", "server is not attached to the network")


def detach(cloud: Cloud, call: Call) -> Answer:
    """Begin to detach a server from a network."""
    server = find(cloud.state.servers, KIND, call.params[0])
    own, network = Ref(KIND, server.id), call.body.network
    find(cloud.state.networks, "network", network)
    _attachment(server, network)
    cloud.actions.require_free(own)
    other = Ref("network", network)
    action = cloud.actions.begin("detach_from_network", own, other, data={"gone": network})
    return started(action)


def detached(cloud: Cloud, action: Action) -> None:
    """Take the server's private address."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None:
        server.nets = [net for net in server.nets if net.network != action.data["gone"]]
        cloud.tell("server_changed", server.id)
        cloud.reconsider_selectors()


def change_alias_ips(cloud: Cloud, call: Call) -> Answer:
    """Begin to give a server other additional addresses."""
    server = find(cloud.state.servers, KIND, call.params[0])
    body: AliasIps = call.body
    find(cloud.state.networks, "network", body.network)
    net = _attachment(server, body.network)
    cloud.actions.require_free(Ref(KIND, server.id))
    zone = cloud.catalogue.location[server.location].network_zone
    taken = taken_in(cloud, body.network) - set(net.alias_ips)
    _check_aliases(cloud, zone, body.network, body.alias_ips, taken)
    data = {"of": body.network, "alias_ips": body.alias_ips}
    own, other = Ref(KIND, server.id), Ref("network", body.network)
    return started(cloud.actions.begin("change_alias_ips", own, other, data=data))


def alias_ips_changed(cloud: Cloud, action: Action) -> None:
    """Let the server have its other additional addresses."""
    server = cloud.state.servers.get(action.resources[0].id)
    for net in server.nets if server else ():
        if net.network == action.data["of"]:
            net.alias_ips = action.data["alias_ips"]


_AT = "/servers/{}/actions"
ROUTES = (
    Route("POST", f"{_AT}/attach_to_network", attach, Attach),
    Route("POST", f"{_AT}/detach_from_network", detach, Detach),
    Route("POST", f"{_AT}/change_alias_ips", change_alias_ips, AliasIps),
)
EFFECTS: dict[str, Effect] = {
    "attach_to_network": attached,
    "detach_from_network": detached,
    "change_alias_ips": alias_ips_changed,
}
