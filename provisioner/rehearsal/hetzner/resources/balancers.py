"""Load balancers: their views, and how they are ordered and given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from provisioner.rehearsal.hetzner.billing import end_rent, rent
from provisioner.rehearsal.hetzner.call import JSON, Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.catalogue import TERABYTE, LoadBalancerType, wire
from provisioner.rehearsal.hetzner.model import Action, Attachment, LoadBalancer, Ref, Target
from provisioner.rehearsal.hetzner.refusal import invalid
from provisioner.rehearsal.hetzner.resources import server_nets
from provisioner.rehearsal.hetzner.resources.balancer_services import (
    Service,
    completed,
    require_certificates,
    require_port_free,
)
from provisioner.rehearsal.hetzner.resources.balancer_targets import (
    TargetBody,
    require_addable,
    target_view,
    wanted_target,
)
from provisioner.rehearsal.hetzner.resources.catalogue import load_balancer_type_view
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    check_name,
    check_unique,
    checked,
    find,
    moment,
    number_of,
    require_unprotected,
    started,
)
from provisioner.rehearsal.hetzner.resources.kind import Kind
from provisioner.rehearsal.hetzner.resources.pointers import usual
from provisioner.rehearsal.hetzner.resources.selecting import match_target

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KIND = "load_balancer"


class Algorithm(msgspec.Struct):
    """How targets take turns; also the body of change_algorithm."""

    type: Literal["round_robin", "least_connections"]


class Create(msgspec.Struct):
    """The body of POST /load_balancers."""

    name: str
    load_balancer_type: str | int
    algorithm: Algorithm | None = None
    location: str | int | None = None
    network_zone: str | None = None
    network: int | None = None
    public_interface: bool = True
    services: list[Service] = []
    targets: list[TargetBody] = []
    labels: Labels | None = None


def view(cloud: Cloud, balancer: LoadBalancer) -> JSON:
    """Return a load balancer's answer."""
    kind = cloud.catalogue.load_balancer_type[balancer.type]
    nets = [] if balancer.net is None else [balancer.net]
    pointers = balancer.dns_ptr
    ipv4, ipv6 = balancer.ipv4, balancer.ipv6
    return {
        "id": balancer.id,
        "name": balancer.name,
        "public_net": {
            "enabled": balancer.public,
            "ipv4": {"ip": ipv4, "dns_ptr": pointers.get(ipv4, "")},
            "ipv6": {"ip": ipv6, "dns_ptr": pointers.get(ipv6, "")},
        },
        "private_net": [{"network": net.network, "ip": net.ip} for net in nets],
        "location": wire.location(cloud.catalogue, balancer.location),
        "load_balancer_type": load_balancer_type_view(cloud, kind),
        "protection": {"delete": balancer.protected},
        "labels": balancer.labels,
        "created": moment(balancer.created),
        "services": balancer.services,
        "targets": [target_view(cloud, balancer, target) for target in balancer.targets],
        "algorithm": {"type": balancer.algorithm},
        "included_traffic": 20 * TERABYTE,
        "outgoing_traffic": 0,
        "ingoing_traffic": 0,
    }


def type_of(cloud: Cloud, key: str | int) -> LoadBalancerType:
    """Return a load balancer type by name or id; raises invalid_input."""
    for entry in cloud.catalogue.load_balancer_types:
        if key == entry.name or number_of(str(key)) == entry.id:
            return entry
    raise invalid("load_balancer_type", f"load balancer type '{key}' not found")


def _place(cloud: Cloud, body: Create) -> str:
    for place in cloud.catalogue.locations:
        named_so = body.location in (place.name, place.id)
        in_zone = body.location is None and body.network_zone == place.network_zone
        if named_so or in_zone:
            return place.name
    raise invalid("location", "must name a location, or a network zone must be given")


def create(cloud: Cloud, call: Call) -> Answer:
    """Order a load balancer; it has its addresses at once and works when the action has ended."""
    body: Create = call.body
    table = cloud.state.load_balancers
    check_unique(table.values(), KIND, check_name(body.name))
    kind, location = type_of(cloud, body.load_balancer_type), _place(cloud, body)
    balancer = LoadBalancer(
        id=0,
        name=body.name,
        created=cloud.now(),
        labels=checked(body.labels),
        type=kind.name,
        location=location,
        ipv4="",
        ipv6="",
        algorithm=body.algorithm.type if body.algorithm else "round_robin",
        public=body.public_interface,
    )
    _furnish(cloud, balancer, kind, body)
    cloud.require_quota(KIND, len(table))
    _connect(cloud, balancer)
    table[balancer.id] = balancer
    rent(cloud, KIND, balancer, kind.name, location, kind)
    action = cloud.actions.begin("create_load_balancer", Ref(KIND, balancer.id))
    return started(action, load_balancer=view(cloud, balancer))


def _furnish(cloud: Cloud, balancer: LoadBalancer, kind: LoadBalancerType, body: Create) -> None:
    """Give a new balancer what came with the order; nothing is kept if it is refused."""
    if body.network is not None:
        zone = cloud.catalogue.location[balancer.location].network_zone
        ip = server_nets.address_in(cloud, body.network, zone)
        balancer.net = Attachment(body.network, ip)
    elif not body.public_interface:
        raise invalid("public_interface", "needs a network to be off")
    for asked in body.services:
        service = completed(asked)
        require_port_free(balancer, kind, service["listen_port"])
        balancer.services.append(service)
    require_certificates(cloud, kind, balancer.services)
    for entry in body.targets:
        target: Target = wanted_target(cloud, entry)
        require_addable(cloud, balancer, target)
        match_target(cloud, balancer, target)
        balancer.targets.append(target)


def _connect(cloud: Cloud, balancer: LoadBalancer) -> None:
    held = {other.ipv4 for other in cloud.state.load_balancers.values()}
    balancer.id = cloud.new_id()
    balancer.ipv4 = cloud.new_ipv4(cloud.pools.load_balancers, held)
    balancer.ipv6 = cloud.new_ipv6().replace("/64", "1")
    balancer.dns_ptr[balancer.ipv4] = usual(balancer.ipv4)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Give a load balancer back; it is gone at once."""
    balancer = find(cloud.state.load_balancers, KIND, call.params[0])
    require_unprotected(balancer, KIND)
    own = Ref(KIND, balancer.id)
    cloud.actions.require_free(own)
    remove(cloud, balancer.id)
    return started(cloud.actions.begin("delete_load_balancer", own, locks=()), 200)


def remove(cloud: Cloud, key: int) -> None:
    """Take a load balancer out of the project."""
    del cloud.state.load_balancers[key]
    end_rent(cloud, KIND, key)
    cloud.actions.abandon(Ref(KIND, key))


def created(cloud: Cloud, action: Action) -> None:
    """Let the balancer see what its selectors match by now."""
    balancer = cloud.state.load_balancers.get(action.resources[0].id)
    for target in balancer.targets if balancer else ():
        match_target(cloud, balancer, target)  # type: ignore[arg-type]  # targets imply one


BALANCERS = Kind(KIND, view)
ROUTES = (
    *BALANCERS.reading(),
    Route("POST", "/load_balancers", create, Create),
    BALANCERS.updating(),
    Route("DELETE", "/load_balancers/{}", delete),
    BALANCERS.protecting(),
)
EFFECTS: dict[str, Effect] = {"create_load_balancer": created}
