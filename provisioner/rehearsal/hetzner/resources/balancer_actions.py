"""What takes time at a load balancer: services, targets, networks, its interface and its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.rehearsal.hetzner.billing import end_rent, rent
from provisioner.rehearsal.hetzner.call import Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.model import Action, Attachment, LoadBalancer, Ref, Target
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources import pointers, server_nets
from provisioner.rehearsal.hetzner.resources.balancer_services import (
    Service,
    changed,
    completed,
    require_certificates,
    require_port_free,
)
from provisioner.rehearsal.hetzner.resources.balancer_targets import (
    TargetBody,
    position,
    require_addable,
    wanted_target,
)
from provisioner.rehearsal.hetzner.resources.balancers import KIND, Algorithm, type_of
from provisioner.rehearsal.hetzner.resources.common import (
    DnsPtr,
    find,
    started,
)
from provisioner.rehearsal.hetzner.resources.selecting import match_target

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


class Port(msgspec.Struct):
    """The body of delete_service."""

    listen_port: int


class ChangeType(msgspec.Struct):
    """The body of change_type."""

    load_balancer_type: str | int


class Detach(msgspec.Struct):
    """The body of detach_from_network."""

    network: int


class Attach(Detach):
    """The body of attach_to_network."""

    ip: str | None = None
    ip_range: str | None = None


def _free(cloud: Cloud, call: Call) -> LoadBalancer:
    balancer = find(cloud.state.load_balancers, KIND, call.params[0])
    cloud.actions.require_free(Ref(KIND, balancer.id))
    return balancer


def _of(cloud: Cloud, action: Action) -> LoadBalancer | None:
    return cloud.state.load_balancers.get(action.resources[0].id)


def _begin(cloud: Cloud, balancer: LoadBalancer, command: str, data: dict[str, Any]) -> Answer:
    return started(cloud.actions.begin(command, Ref(KIND, balancer.id), data=data))


def add_service(cloud: Cloud, call: Call) -> Answer:
    """Begin to listen on another port."""
    balancer = _free(cloud, call)
    service = completed(call.body)
    kind = cloud.catalogue.load_balancer_type[balancer.type]
    require_port_free(balancer, kind, service["listen_port"])
    require_certificates(cloud, kind, [*balancer.services, service])
    return _begin(cloud, balancer, "add_service", {"service": service})


def _known(balancer: LoadBalancer, port: int | None) -> dict[str, Any]:
    for service in balancer.services:
        if service["listen_port"] == port:
            return service
    raise invalid("listen_port", "the load balancer has no such service")


def update_service(cloud: Cloud, call: Call) -> Answer:
    """Begin to change a service."""
    balancer = _free(cloud, call)
    known = _known(balancer, call.body.listen_port)
    service = changed(known, call.body)
    kind = cloud.catalogue.load_balancer_type[balancer.type]
    others = [other for other in balancer.services if other is not known]
    require_certificates(cloud, kind, [*others, service])
    return _begin(cloud, balancer, "update_service", {"service": service})


def delete_service(cloud: Cloud, call: Call) -> Answer:
    """Begin to listen no more on a port."""
    balancer = _free(cloud, call)
    _known(balancer, call.body.listen_port)
    return _begin(cloud, balancer, "delete_service", {"listen_port": call.body.listen_port})


def service_set(cloud: Cloud, action: Action) -> None:
    """Let the service be as asked, in the order of ports."""
    balancer, service = _of(cloud, action), action.data["service"]
    if balancer is not None:
        port = service["listen_port"]
        others = [other for other in balancer.services if other["listen_port"] != port]
        balancer.services = sorted([*others, service], key=lambda one: one["listen_port"])


def service_deleted(cloud: Cloud, action: Action) -> None:
    """Take the service away."""
    balancer = _of(cloud, action)
    if balancer is not None:
        port = action.data["listen_port"]
        balancer.services = [one for one in balancer.services if one["listen_port"] != port]


def add_target(cloud: Cloud, call: Call) -> Answer:
    """Begin to send traffic to a target."""
    balancer = _free(cloud, call)
    target = wanted_target(cloud, call.body)
    require_addable(cloud, balancer, target)
    return _begin(cloud, balancer, "add_target", {"target": msgspec.to_builtins(target)})


def target_added(cloud: Cloud, action: Action) -> None:
    """Let the balancer have its target."""
    balancer = _of(cloud, action)
    target = msgspec.convert(action.data["target"], Target)
    if balancer is not None and (target.server is None or target.server in cloud.state.servers):
        target.since = cloud.now()
        match_target(cloud, balancer, target)
        balancer.targets.append(target)


def remove_target(cloud: Cloud, call: Call) -> Answer:
    """Begin to send no more traffic to a target."""
    balancer = _free(cloud, call)
    target = wanted_target(cloud, call.body)
    if position(balancer, target) is None:
        raise Refused("not_found", "load balancer target not found", {})
    return _begin(cloud, balancer, "remove_target", {"target": msgspec.to_builtins(target)})


def target_removed(cloud: Cloud, action: Action) -> None:
    """Take the target from the balancer."""
    balancer = _of(cloud, action)
    at = position(balancer, msgspec.convert(action.data["target"], Target)) if balancer else None
    if balancer is not None and at is not None:
        del balancer.targets[at]


def attach(cloud: Cloud, call: Call) -> Answer:
    """Begin to attach a load balancer to a network; it can be in one only."""
    balancer, body = _free(cloud, call), call.body
    if balancer.net is not None:
        said = "load balancer is already attached to a network"
        raise Refused("load_balancer_already_attached", said, {})
    zone = cloud.catalogue.location[balancer.location].network_zone
    ip = server_nets.address_in(cloud, body.network, zone, body.ip, body.ip_range)
    action = cloud.actions.begin(
        "attach_to_network",
        Ref(KIND, balancer.id),
        Ref("network", body.network),
        latency="load_balancer_attach_to_network",
        effect="attach_load_balancer",
        data={"network": body.network, "ip": ip},
    )
    return started(action)


def attached(cloud: Cloud, action: Action) -> None:
    """Let the balancer have its private address."""
    balancer = _of(cloud, action)
    if balancer is not None and action.data["network"] in cloud.state.networks:
        balancer.net = Attachment(action.data["network"], action.data["ip"])
        cloud.reconsider_selectors()


def detach(cloud: Cloud, call: Call) -> Answer:
    """Begin to detach a load balancer from its network."""
    balancer = _free(cloud, call)
    if balancer.net is None or balancer.net.network != call.body.network:
        raise invalid("network", "load balancer is not attached to the network")
    action = cloud.actions.begin(
        "detach_from_network",
        Ref(KIND, balancer.id),
        Ref("network", call.body.network),
        latency="load_balancer_detach_from_network",
        effect="detach_load_balancer",
    )
    return started(action)


def detached(cloud: Cloud, action: Action) -> None:
    """Take the balancer's private address."""
    balancer = _of(cloud, action)
    if balancer is not None:
        balancer.net = None
        cloud.reconsider_selectors()


def enable_public(cloud: Cloud, call: Call) -> Answer:
    """Begin to open the public interface."""
    return _begin(cloud, _free(cloud, call), "enable_public_interface", {})


def disable_public(cloud: Cloud, call: Call) -> Answer:
    """Begin to close the public interface; everything must go over the network then."""
    balancer = _free(cloud, call)
    if balancer.net is None:
        said = "load balancer is not attached to a network"
        raise Refused("load_balancer_not_attached_to_network", said, {})
    if any(not target.use_private_ip for target in balancer.targets):
        said = "load balancer has targets that use the public ip"
        raise Refused("targets_without_use_private_ip", said, {})
    return _begin(cloud, balancer, "disable_public_interface", {})


def public_set(cloud: Cloud, action: Action) -> None:
    """Let the public interface be open or closed."""
    balancer = _of(cloud, action)
    if balancer is not None:
        balancer.public = action.command == "enable_public_interface"


def change_algorithm(cloud: Cloud, call: Call) -> Answer:
    """Begin to let targets take turns differently."""
    return _begin(cloud, _free(cloud, call), "change_algorithm", {"type": call.body.type})


def algorithm_changed(cloud: Cloud, action: Action) -> None:
    """Let targets take turns as asked."""
    balancer = _of(cloud, action)
    if balancer is not None:
        balancer.algorithm = action.data["type"]


def change_type(cloud: Cloud, call: Call) -> Answer:
    """Begin to make the balancer larger or smaller."""
    balancer = _free(cloud, call)
    kind = type_of(cloud, call.body.load_balancer_type)
    if len(balancer.services) > kind.max_services or len(balancer.targets) > kind.max_targets:
        said = "the load balancer has more than the type allows"
        raise Refused("invalid_load_balancer_type", said, {})
    return _begin(cloud, balancer, "change_load_balancer_type", {"type": kind.name})


def type_changed(cloud: Cloud, action: Action) -> None:
    """Let the balancer be of its new type, and bill it so."""
    balancer = _of(cloud, action)
    if balancer is not None:
        balancer.type = action.data["type"]
        end_rent(cloud, KIND, balancer.id)
        kind = cloud.catalogue.load_balancer_type[balancer.type]
        rent(cloud, KIND, balancer, kind.name, balancer.location, kind)


def change_dns_ptr(cloud: Cloud, call: Call) -> Answer:
    """Begin to change what one of the balancer's addresses resolves to."""
    balancer = _free(cloud, call)
    if call.body.ip not in (balancer.ipv4, balancer.ipv6):
        raise invalid("ip", "is none of the load balancer's addresses")
    data = {"ip": call.body.ip, "dns_ptr": call.body.dns_ptr}
    ref = Ref(KIND, balancer.id)
    effect = "change_load_balancer_dns_ptr"
    return started(cloud.actions.begin("change_dns_ptr", ref, effect=effect, data=data))


def dns_ptr_changed(cloud: Cloud, action: Action) -> None:
    """Let the address resolve as asked."""
    balancer = _of(cloud, action)
    if balancer is not None:
        pointers.change(balancer.dns_ptr, action)


_AT = "/load_balancers/{}/actions"
ROUTES = (
    Route("POST", f"{_AT}/add_service", add_service, Service),
    Route("POST", f"{_AT}/update_service", update_service, Service),
    Route("POST", f"{_AT}/delete_service", delete_service, Port),
    Route("POST", f"{_AT}/add_target", add_target, TargetBody),
    Route("POST", f"{_AT}/remove_target", remove_target, TargetBody),
    Route("POST", f"{_AT}/attach_to_network", attach, Attach),
    Route("POST", f"{_AT}/detach_from_network", detach, Detach),
    Route("POST", f"{_AT}/enable_public_interface", enable_public),
    Route("POST", f"{_AT}/disable_public_interface", disable_public),
    Route("POST", f"{_AT}/change_algorithm", change_algorithm, Algorithm),
    Route("POST", f"{_AT}/change_type", change_type, ChangeType),
    Route("POST", f"{_AT}/change_dns_ptr", change_dns_ptr, DnsPtr),
)
EFFECTS: dict[str, Effect] = {
    "add_service": service_set,
    "update_service": service_set,
    "delete_service": service_deleted,
    "add_target": target_added,
    "remove_target": target_removed,
    "attach_load_balancer": attached,
    "detach_load_balancer": detached,
    "enable_public_interface": public_set,
    "disable_public_interface": public_set,
    "change_algorithm": algorithm_changed,
    "change_load_balancer_type": type_changed,
    "change_load_balancer_dns_ptr": dns_ptr_changed,
}
