"""Where a load balancer sends traffic: targets, what is refused, and how healthy they are."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from provisioner.rehearsal.hetzner.call import JSON
from provisioner.rehearsal.hetzner.labels import parse_selector
from provisioner.rehearsal.hetzner.model import LoadBalancer, Server, Target
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources.common import find
from provisioner.rehearsal.hetzner.resources.firewall_actions import SelectorRef, ServerRef

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


class IpRef(msgspec.Struct):
    """An address outside this cloud."""

    ip: str


class TargetBody(msgspec.Struct):
    """A target as it is asked for."""

    type: Literal["server", "label_selector", "ip"]
    server: ServerRef | None = None
    label_selector: SelectorRef | None = None
    ip: IpRef | None = None
    use_private_ip: bool = False


def wanted_target(cloud: Cloud, body: TargetBody) -> Target:
    """Return the target that a request names; raises invalid_input."""
    target = Target(body.type, cloud.now(), use_private_ip=body.use_private_ip)
    if body.type == "server" and body.server is not None:
        target.server = body.server.id
    elif body.type == "label_selector" and body.label_selector is not None:
        parse_selector(body.label_selector.selector, "label_selector.selector")
        target.selector = body.label_selector.selector
    elif body.type == "ip" and body.ip is not None:
        target.ip = body.ip.ip
    else:
        raise invalid(body.type, "is required for this type of target")
    return target


def position(balancer: LoadBalancer, wanted: Target) -> int | None:
    """Return where a balancer has a target, or None."""
    for at, target in enumerate(balancer.targets):
        if (target.server, target.selector, target.ip) == (
            wanted.server,
            wanted.selector,
            wanted.ip,
        ):
            return at
    return None


def require_addable(cloud: Cloud, balancer: LoadBalancer, wanted: Target) -> None:
    """Refuse a target that is there already or that the balancer cannot reach."""
    if position(balancer, wanted) is not None:
        raise Refused("target_already_defined", "target is already defined", {})
    if len(balancer.targets) >= cloud.catalogue.load_balancer_type[balancer.type].max_targets:
        raise Refused(
            "resource_limit_exceeded",
            "load balancer targets limit exceeded",
            {"limits": [{"name": "load_balancer_targets_limit"}]},
        )
    if not wanted.use_private_ip and not balancer.public:
        said = "load balancer's public interface is disabled"
        raise Refused("load_balancer_public_interface_disabled", said, {})
    if wanted.use_private_ip and balancer.net is None:
        said = "load balancer is not attached to a network"
        raise Refused("load_balancer_not_attached_to_network", said, {})
    if wanted.server is not None:
        _require_reachable(balancer, find(cloud.state.servers, "server", wanted.server), wanted)
    if wanted.ip is not None:
        _require_foreign(cloud, wanted.ip)


def _require_reachable(balancer: LoadBalancer, server: Server, wanted: Target) -> None:
    net = balancer.net.network if balancer.net else None
    if wanted.use_private_ip and all(n.network != net for n in server.nets):
        said = "server is not attached to the load balancer's network"
        raise Refused("server_not_attached_to_network", said, {})
    if not wanted.use_private_ip and server.ipv4 is None:
        raise Refused("missing_ipv4", "server has no public ipv4", {})


def _require_foreign(cloud: Cloud, ip: str) -> None:
    try:
        wanted = ip_address(ip)
    except ValueError as error:
        raise invalid("ip.ip", f"'{ip}' is not an ip address") from error
    if any(address.ip == ip for address in cloud.state.primary_ips.values()):
        raise Refused("cloud_resource_ip_not_allowed", "ip belongs to a cloud resource", {})
    if not any(wanted in ip_network(own) for own in cloud.state.settings.dedicated_ips):
        raise Refused("ip_not_owned", "ip is not one of your dedicated servers", {})


def _health(cloud: Cloud, balancer: LoadBalancer, target: Target, server: int) -> list[JSON]:
    known = cloud.now() >= target.since + cloud.latency("health_check")
    healths = []
    for service in balancer.services:
        status = "unknown"
        if known:
            well = cloud.healthy(server, service["health_check"]["port"])
            status = "healthy" if well else "unhealthy"
        healths.append({"listen_port": service["listen_port"], "status": status})
    return healths


def target_view(cloud: Cloud, balancer: LoadBalancer, target: Target) -> JSON:
    """Return a target's answer; a selector nests the servers it matched."""
    view: dict[str, Any] = {"type": target.type, "use_private_ip": target.use_private_ip}
    if target.server is not None:
        view["server"] = {"id": target.server}
        view["health_status"] = _health(cloud, balancer, target, target.server)
    elif target.ip is not None:
        view["ip"] = {"ip": target.ip}
        view["health_status"] = [
            {"listen_port": service["listen_port"], "status": "unknown"}
            for service in balancer.services
        ]
    else:
        view["label_selector"] = {"selector": target.selector}
        view["targets"] = [
            {
                "type": "server",
                "server": {"id": key},
                "use_private_ip": target.use_private_ip,
                "health_status": _health(cloud, balancer, target, key),
            }
            for key in target.matched
        ]
    return view
