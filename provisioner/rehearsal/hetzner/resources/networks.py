"""Networks: their views, creation and deletion, and who is in them."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.addresses import gateway, next_subnet, parse_range, private_range
from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Route
from provisioner.rehearsal.hetzner.model import Network, Ref, RouteEntry, Subnet
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    Update,
    check_name,
    check_unique,
    checked,
    find,
    moment,
    require_unprotected,
    update,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "network"
SUBNET_TYPES = ("cloud", "server", "vswitch")


class SubnetBody(msgspec.Struct):
    """A subnet as it is asked for."""

    type: str
    network_zone: str
    ip_range: str | None = None
    vswitch_id: int | None = None


class RouteBody(msgspec.Struct):
    """A route as it is asked for."""

    destination: str
    gateway: str


class Create(msgspec.Struct):
    """The body of POST /networks."""

    name: str
    ip_range: str
    subnets: list[SubnetBody] = []
    routes: list[RouteBody] = []
    labels: Labels | None = None
    expose_routes_to_vswitch: bool = False


class UpdateNetwork(Update):
    """The body of PUT /networks/{id}."""

    expose_routes_to_vswitch: bool | None = None


def servers_in(cloud: Cloud, key: int) -> list[int]:
    """Return the servers attached to a network, by id."""
    return [
        server.id
        for server in cloud.state.servers.values()
        if any(net.network == key for net in server.nets)
    ]


def balancers_in(cloud: Cloud, key: int) -> list[int]:
    """Return the load balancers attached to a network, by id."""
    return [
        balancer.id
        for balancer in cloud.state.load_balancers.values()
        if balancer.net is not None and balancer.net.network == key
    ]


def taken_in(cloud: Cloud, key: int) -> set[str]:
    """Return the addresses of a network that are in use or promised to a running attachment."""
    taken = {
        str(action.data["ip"])
        for action in cloud.actions.running.values()
        if action.data.get("network") == key and "ip" in action.data
    }
    for server in cloud.state.servers.values():
        for net in server.nets:
            if net.network == key:
                taken.update((net.ip, *net.alias_ips))
    for balancer in cloud.state.load_balancers.values():
        if balancer.net is not None and balancer.net.network == key:
            taken.add(balancer.net.ip)
    return taken


def subnet_view(network: Network, subnet: Subnet) -> JSON:
    """Return a subnet's answer."""
    return {
        "type": subnet.type,
        "ip_range": subnet.ip_range,
        "network_zone": subnet.network_zone,
        "gateway": gateway(network),
        "vswitch_id": subnet.vswitch_id,
    }


def view(cloud: Cloud, network: Network) -> JSON:
    """Return a network's answer."""
    return {
        "id": network.id,
        "name": network.name,
        "ip_range": network.ip_range,
        "subnets": [subnet_view(network, subnet) for subnet in network.subnets],
        "routes": [msgspec.structs.asdict(route) for route in network.routes],
        "servers": servers_in(cloud, network.id),
        "load_balancers": balancers_in(cloud, network.id),
        "protection": {"delete": network.protected},
        "labels": network.labels,
        "created": moment(network.created),
        "expose_routes_to_vswitch": network.expose_routes_to_vswitch,
    }


def checked_subnet(cloud: Cloud, network: Network, body: SubnetBody) -> Subnet:
    """Return the subnet that a request asks for; raises where the network cannot have it."""
    if body.type not in SUBNET_TYPES:
        raise invalid("type", f"must be one of {', '.join(SUBNET_TYPES)}")
    if (body.type == "vswitch") != (body.vswitch_id is not None):
        raise invalid("vswitch_id", "belongs to subnets of type vswitch, and only to them")
    _require_unused(cloud, body.vswitch_id)
    zones = {place.network_zone for place in cloud.catalogue.locations}
    if body.network_zone not in zones:
        raise invalid("network_zone", f"must be one of {', '.join(sorted(zones))}")
    if any(subnet.network_zone != body.network_zone for subnet in network.subnets):
        raise invalid("network_zone", "all subnets of a network must be in one zone")
    if len(network.subnets) >= cloud.catalogue.limits.network_subnets:
        raise Refused("resource_limit_exceeded", "subnet limit exceeded", {"limits": []})
    return Subnet(body.type, str(_free_range(network, body)), body.network_zone, body.vswitch_id)


def _require_unused(cloud: Cloud, vswitch: int | None) -> None:
    """Refuse a vSwitch that is behind a subnet already."""
    used = (subnet.vswitch_id for net in cloud.state.networks.values() for subnet in net.subnets)
    if vswitch is not None and vswitch in used:
        raise Refused("vswitch_id_already_used", "the vswitch is in use by another subnet", {})


def _free_range(network: Network, body: SubnetBody) -> IPv4Network:
    if body.ip_range is None:
        return next_subnet(network)
    wanted = private_range(body.ip_range, "ip_range")
    if not wanted.subnet_of(IPv4Network(network.ip_range)):
        raise invalid("ip_range", "subnet must be within the network's ip range")
    if any(wanted.overlaps(IPv4Network(subnet.ip_range)) for subnet in network.subnets):
        raise invalid("ip_range", "subnet overlaps with another subnet of the network")
    return wanted


def checked_route(network: Network, body: RouteBody) -> RouteEntry:
    """Return the route that a request asks for; raises where the network cannot have it."""
    parse_range(body.destination, "destination")
    if body.gateway == gateway(network):
        raise invalid("gateway", "must not be the gateway of the network")
    if parse_range(f"{body.gateway}/32", "gateway").subnet_of(IPv4Network(network.ip_range)):
        return RouteEntry(body.destination, body.gateway)
    raise invalid("gateway", "must be within the network's ip range")


def create(cloud: Cloud, call: Call) -> Answer:
    """Add a network; it is there at once, with its subnets and routes."""
    body: Create = call.body
    table = cloud.state.networks
    check_unique(table.values(), KIND, check_name(body.name))
    ip_range = str(private_range(body.ip_range, "ip_range"))
    labels = checked(body.labels)
    cloud.require_quota(KIND, len(table))
    network = Network(
        id=0,
        name=body.name,
        created=cloud.now(),
        labels=labels,
        ip_range=ip_range,
        expose_routes_to_vswitch=body.expose_routes_to_vswitch,
    )
    for subnet in body.subnets:
        network.subnets.append(checked_subnet(cloud, network, subnet))
    network.routes = [checked_route(network, route) for route in body.routes]
    network.id = cloud.new_id()
    table[network.id] = network
    return Answer({KIND: view(cloud, network)}, 201)


def put(cloud: Cloud, call: Call) -> Answer:
    """Change a network's name, labels or what it shows to a vSwitch."""
    network = update(cloud.state.networks, KIND, call)
    if call.body.expose_routes_to_vswitch is not None:
        network.expose_routes_to_vswitch = call.body.expose_routes_to_vswitch
    return Answer({KIND: view(cloud, network)})


def delete(cloud: Cloud, call: Call) -> Answer:
    """Remove a network; whoever is in it is detached."""
    network = find(cloud.state.networks, KIND, call.params[0])
    require_unprotected(network, KIND)
    cloud.actions.require_free(Ref(KIND, network.id))
    remove(cloud, network.id)
    return Answer(None, 204)


def remove(cloud: Cloud, key: int) -> None:
    """Take a network out of the project, and everybody out of the network."""
    for member in servers_in(cloud, key):
        server = cloud.state.servers[member]
        server.nets = [net for net in server.nets if net.network != key]
        cloud.tell("server_changed", member)
    for member in balancers_in(cloud, key):
        cloud.state.load_balancers[member].net = None
    cloud.reconsider_selectors()
    del cloud.state.networks[key]


NETWORKS = Kind(KIND, view, sorts=())
ROUTES = (
    *NETWORKS.reading(),
    Route("POST", "/networks", create, Create),
    Route("PUT", "/networks/{}", put, UpdateNetwork),
    Route("DELETE", "/networks/{}", delete),
    NETWORKS.protecting(),
)
