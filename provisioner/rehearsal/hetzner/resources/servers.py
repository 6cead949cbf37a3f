"""Servers: their views, and how they end. How they are ordered is in server_orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.rehearsal.hetzner.billing import end_rent
from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.catalogue import TERABYTE, wire
from provisioner.rehearsal.hetzner.model import Action, Attachment, Ref, Server
from provisioner.rehearsal.hetzner.resources import (
    firewall_actions,
    floating_ips,
    placement_groups,
    primary_ips,
    volumes,
)
from provisioner.rehearsal.hetzner.resources.catalogue import server_type_view
from provisioner.rehearsal.hetzner.resources.common import (
    Update,
    check_hostname,
    check_unique,
    checked,
    find,
    moment,
    require_unprotected,
    started,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "server"


def _ipv4_view(cloud: Cloud, key: int | None) -> JSON | None:
    if key is None:
        return None
    address = cloud.state.primary_ips[key]
    ptr = address.dns_ptr.get(address.ip, "")
    return {"id": key, "ip": address.ip, "blocked": False, "dns_ptr": ptr}


def _ipv6_view(cloud: Cloud, key: int | None) -> JSON | None:
    if key is None:
        return None
    address = cloud.state.primary_ips[key]
    pointers = [{"ip": ip, "dns_ptr": ptr} for ip, ptr in address.dns_ptr.items()]
    return {"id": key, "ip": address.ip, "blocked": False, "dns_ptr": pointers}


def _net_view(net: Attachment) -> JSON:
    return {
        "network": net.network,
        "ip": net.ip,
        "alias_ips": net.alias_ips,
        "mac_address": net.mac,
    }


def balancers_of(cloud: Cloud, key: int) -> list[int]:
    """Return the load balancers that have a server as a target, by id."""
    return [
        balancer.id
        for balancer in cloud.state.load_balancers.values()
        if any(target.server == key or key in target.matched for target in balancer.targets)
    ]


def _public_view(cloud: Cloud, server: Server) -> JSON:
    firewalls = firewall_actions.of_server(cloud, server.id)
    return {
        "ipv4": _ipv4_view(cloud, server.ipv4),
        "ipv6": _ipv6_view(cloud, server.ipv6),
        "floating_ips": floating_ips.of_server(cloud, server.id),
        "firewalls": [{"id": key, "status": status} for key, status in firewalls],
    }


def view(cloud: Cloud, server: Server) -> JSON:
    """Return a server's answer."""
    catalogue = cloud.catalogue
    group = cloud.state.placement_groups.get(server.placement_group or 0)
    included = catalogue.server_type[server.type].offered(server.location)
    return {
        "id": server.id,
        "name": server.name,
        "status": server.status,
        "created": moment(server.created),
        "public_net": _public_view(cloud, server),
        "private_net": [_net_view(net) for net in server.nets],
        "server_type": server_type_view(cloud, catalogue.server_type[server.type]),
        "location": wire.location(catalogue, server.location),
        "image": wire.image(catalogue.image[server.image]),
        "iso": None,
        "rescue_enabled": server.rescue,
        "locked": cloud.actions.locked(Ref(KIND, server.id)),
        "backup_window": server.backup_window,
        "outgoing_traffic": 0,
        "ingoing_traffic": 0,
        "included_traffic": int((included.traffic_tb if included else 0) * TERABYTE),
        "protection": {"delete": server.protected, "rebuild": server.protected_rebuild},
        "labels": server.labels,
        "volumes": volumes.of_server(cloud, server.id),
        "load_balancers": balancers_of(cloud, server.id),
        "primary_disk_size": server.disk,
        "placement_group": placement_groups.view(cloud, group) if group else None,
    }


def put(cloud: Cloud, call: Call) -> Answer:
    """Change a server's name or labels; selectors notice a moment later."""
    server = find(cloud.state.servers, KIND, call.params[0])
    body: Update = call.body
    if body.name is not None:
        check_unique(cloud.state.servers.values(), KIND, check_hostname(body.name), server.id)
    labels = server.labels if body.labels is None else checked(body.labels)
    server.name = server.name if body.name is None else body.name
    if labels != server.labels:
        server.labels = labels
        cloud.reconsider_selectors()
    cloud.tell("server_changed", server.id)
    return Answer({KIND: view(cloud, server)})


def delete(cloud: Cloud, call: Call) -> Answer:
    """Begin to delete a server."""
    server = find(cloud.state.servers, KIND, call.params[0])
    require_unprotected(server, KIND)
    ref = Ref(KIND, server.id)
    cloud.actions.require_free(ref)
    data = {"was": server.status}
    server.status = "deleting"
    return started(cloud.actions.begin("delete_server", ref, data=data), 200)


def deleted(cloud: Cloud, action: Action) -> None:
    """End a server, and free what it held."""
    if action.resources[0].id in cloud.state.servers:
        remove(cloud, action.resources[0].id)


def remove(cloud: Cloud, key: int) -> None:
    """Take a server out of everything that knows it; its own addresses die with it."""
    cloud.tell("server_deleted", key)
    server = cloud.state.servers[key]
    for held in (server.ipv4, server.ipv6):
        address = cloud.state.primary_ips.get(held or 0)
        if address is not None:
            primary_ips.disconnect(cloud, address)
            if address.auto_delete:
                primary_ips.release(cloud, address.id)
    for volume in volumes.of_server(cloud, key):
        cloud.state.volumes[volume].server = None
    for floating in floating_ips.of_server(cloud, key):
        cloud.state.floating_ips[floating].server = None
    firewall_actions.forget_server(cloud, key)
    for balancer in cloud.state.load_balancers.values():
        balancer.targets = [target for target in balancer.targets if target.server != key]
        for target in balancer.targets:
            target.matched = [matched for matched in target.matched if matched != key]
    del cloud.state.servers[key]
    end_rent(cloud, KIND, key)
    cloud.actions.abandon(Ref(KIND, key))


SERVERS = Kind(KIND, view, ("status",))
ROUTES = (
    *SERVERS.reading(),
    Route("PUT", "/servers/{}", put, Update),
    Route("DELETE", "/servers/{}", delete),
)
EFFECTS: dict[str, Effect] = {"delete_server": deleted}
