"""What takes time at a network: subnets, routes, its range, its protection."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import msgspec

from provisioner.rehearsal.hetzner.addresses import private_range
from provisioner.rehearsal.hetzner.call import Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.model import Action, Network, Ref, RouteEntry, Subnet
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import find, started
from provisioner.rehearsal.hetzner.resources.networks import (
    KIND,
    RouteBody,
    SubnetBody,
    checked_route,
    checked_subnet,
    taken_in,
)

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


class Range(msgspec.Struct):
    """The body of delete_subnet and change_ip_range."""

    ip_range: str


def _free(cloud: Cloud, call: Call) -> Network:
    network = find(cloud.state.networks, KIND, call.params[0])
    cloud.actions.require_free(Ref(KIND, network.id))
    return network


def _begin(cloud: Cloud, network: Network, command: str, data: dict[str, object]) -> Answer:
    return started(cloud.actions.begin(command, Ref(KIND, network.id), data=data))


def add_subnet(cloud: Cloud, call: Call) -> Answer:
    """Begin to add a subnet."""
    network = _free(cloud, call)
    subnet = checked_subnet(cloud, network, call.body)
    return _begin(cloud, network, "add_subnet", {"subnet": msgspec.to_builtins(subnet)})


def subnet_added(cloud: Cloud, action: Action) -> None:
    """Let the network have its new subnet."""
    network = cloud.state.networks.get(action.resources[0].id)
    if network is not None:
        network.subnets.append(msgspec.convert(action.data["subnet"], Subnet))


def delete_subnet(cloud: Cloud, call: Call) -> Answer:
    """Begin to remove a subnet, unless somebody has an address in it."""
    network = _free(cloud, call)
    if all(subnet.ip_range != call.body.ip_range for subnet in network.subnets):
        raise invalid("ip_range", "the network has no such subnet")
    inside = IPv4Network(call.body.ip_range)
    if any(IPv4Network(address).subnet_of(inside) for address in taken_in(cloud, network.id)):
        said = "cannot remove subnet because servers are attached to it"
        raise Refused("service_error", said, {})
    return _begin(cloud, network, "delete_subnet", {"ip_range": call.body.ip_range})


def subnet_deleted(cloud: Cloud, action: Action) -> None:
    """Take the subnet from the network."""
    network = cloud.state.networks.get(action.resources[0].id)
    if network is not None:
        gone = action.data["ip_range"]
        network.subnets = [subnet for subnet in network.subnets if subnet.ip_range != gone]


def add_route(cloud: Cloud, call: Call) -> Answer:
    """Begin to add a route."""
    network = _free(cloud, call)
    route = checked_route(network, call.body)
    if route in network.routes:
        raise Refused("service_error", "route is already defined", {})
    return _begin(cloud, network, "add_route", {"route": msgspec.to_builtins(route)})


def route_added(cloud: Cloud, action: Action) -> None:
    """Let the network have its new route."""
    network = cloud.state.networks.get(action.resources[0].id)
    if network is not None:
        network.routes.append(msgspec.convert(action.data["route"], RouteEntry))


def delete_route(cloud: Cloud, call: Call) -> Answer:
    """Begin to remove a route."""
    network = _free(cloud, call)
    route = RouteEntry(call.body.destination, call.body.gateway)
    if route not in network.routes:
        raise invalid("destination", "the network has no such route")
    return _begin(cloud, network, "delete_route", {"route": msgspec.to_builtins(route)})


def route_deleted(cloud: Cloud, action: Action) -> None:
    """Take the route from the network."""
    network = cloud.state.networks.get(action.resources[0].id)
    if network is not None:
        gone = msgspec.convert(action.data["route"], RouteEntry)
        network.routes = [route for route in network.routes if route != gone]


def change_ip_range(cloud: Cloud, call: Call) -> Answer:
    """Begin to widen the network; it can never shrink."""
    network = _free(cloud, call)
    wanted = private_range(call.body.ip_range, "ip_range")
    if not IPv4Network(network.ip_range).subnet_of(wanted):
        raise invalid("ip_range", "must contain the present ip range")
    return _begin(cloud, network, "change_ip_range", {"ip_range": str(wanted)})


def ip_range_changed(cloud: Cloud, action: Action) -> None:
    """Give the network its wider range."""
    network = cloud.state.networks.get(action.resources[0].id)
    if network is not None:
        network.ip_range = action.data["ip_range"]


_AT = "/networks/{}/actions"
ROUTES = (
    Route("POST", f"{_AT}/add_subnet", add_subnet, SubnetBody),
    Route("POST", f"{_AT}/delete_subnet", delete_subnet, Range),
    Route("POST", f"{_AT}/add_route", add_route, RouteBody),
    Route("POST", f"{_AT}/delete_route", delete_route, RouteBody),
    Route("POST", f"{_AT}/change_ip_range", change_ip_range, Range),
)
EFFECTS: dict[str, Effect] = {
    "add_subnet": subnet_added,
    "delete_subnet": subnet_deleted,
    "add_route": route_added,
    "delete_route": route_deleted,
    "change_ip_range": ip_range_changed,
}
