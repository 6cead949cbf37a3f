"""Ordering a server: all that can refuse it, then its addresses and the actions that boot it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.rehearsal.hetzner.billing import rent
from provisioner.rehearsal.hetzner.call import Answer, Call, Effect, Route
from provisioner.rehearsal.hetzner.catalogue import Image, Location, ServerType
from provisioner.rehearsal.hetzner.model import Action, Application, PrimaryIp, Ref, Server
from provisioner.rehearsal.hetzner.refusal import Refused, invalid
from provisioner.rehearsal.hetzner.resources import (
    placement_groups,
    primary_ips,
    server_nets,
    volumes,
)
from provisioner.rehearsal.hetzner.resources.common import (
    Labels,
    action_view,
    check_hostname,
    check_unique,
    checked,
    find,
    find_any,
    number_of,
)
from provisioner.rehearsal.hetzner.resources.primary_ips import Version
from provisioner.rehearsal.hetzner.resources.servers import KIND, view

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

DEFAULT_LOCATION = "fsn1"


class FirewallRef(msgspec.Struct):
    """A firewall by id."""

    firewall: int


class PublicNet(msgspec.Struct):
    """Which public addresses the server shall have."""

    enable_ipv4: bool = True
    enable_ipv6: bool = True
    ipv4: int | None = None
    ipv6: int | None = None


class Create(msgspec.Struct):
    """The body of POST /servers."""

    name: str
    server_type: str | int
    image: str | int
    location: str | int | None = None
    ssh_keys: list[str | int] = []
    user_data: str = ""
    start_after_create: bool = True
    labels: Labels | None = None
    automount: bool = False
    volumes: list[int] = []
    networks: list[int] = []
    firewalls: list[FirewallRef] = []
    placement_group: int | None = None
    public_net: PublicNet | None = None


@dataclass(frozen=True)
class Order:
    """A request of which every name is resolved and every rule checked."""

    type: ServerType
    location: Location
    image: Image
    keys: list[str]
    labels: Labels
    public: PublicNet


def server_type_of(cloud: Cloud, key: str | int) -> ServerType:
    """Return a server type by name or id; raises invalid_input."""
    for entry in cloud.catalogue.server_types:
        if key == entry.name or number_of(str(key)) == entry.id:
            return entry
    raise invalid("server_type", f"server type '{key}' not found")


def _location_of(cloud: Cloud, key: str | int | None) -> Location:
    wanted = DEFAULT_LOCATION if key is None else key
    for entry in cloud.catalogue.locations:
        if wanted == entry.name or number_of(str(wanted)) == entry.id:
            return entry
    raise invalid("location", f"location '{key}' not found")


def image_of(cloud: Cloud, key: str | int, architecture: str) -> Image:
    """Return an image by id, or by name for an architecture; raises invalid_input."""
    by_id = cloud.catalogue.image.get(number_of(str(key)) or 0)
    named = [i for i in cloud.catalogue.images if i.name == key and i.architecture == architecture]
    found = by_id or next(iter(named), None)
    if found is None:
        raise invalid("image", f"image '{key}' not found")
    if found.architecture != architecture:
        raise invalid("image", "image and server type have different architectures")
    return found


def require_stock(cloud: Cloud, kind: ServerType, location: str) -> None:
    """Refuse a type that a location does not offer, or has none left of."""
    offer = kind.offered(location)
    if offer is None:
        raise invalid("server_type", f"server type {kind.name} is not offered in {location}")
    if offer.announced is not None:
        raise invalid("server_type", f"server type {kind.name} is deprecated in {location}")
    if cloud.stock(kind.name, location) == "none":
        raise Refused("resource_unavailable", f"{kind.name} is currently out of stock", {})


def check_user_data(cloud: Cloud, text: str) -> None:
    """Refuse user data that is too long."""
    most = cloud.catalogue.limits.user_data_bytes
    if len(text.encode(errors="surrogatepass")) > most:
        raise invalid("user_data", f"must have at most {most} bytes")


def _resolve(cloud: Cloud, body: Create) -> Order:
    check_unique(cloud.state.servers.values(), KIND, check_hostname(body.name))
    kind, location = server_type_of(cloud, body.server_type), _location_of(cloud, body.location)
    image = image_of(cloud, body.image, kind.architecture)
    check_user_data(cloud, body.user_data)
    keys = [find_any(cloud.state.ssh_keys, "ssh_key", key).public_key for key in body.ssh_keys]
    order = Order(kind, location, image, keys, checked(body.labels), body.public_net or PublicNet())
    _check_references(cloud, body, order)
    require_stock(cloud, kind, location.name)
    return order


def _check_references(cloud: Cloud, body: Create, order: Order) -> None:
    state = cloud.state
    walls = [wanted.firewall for wanted in body.firewalls]
    for wall in walls:
        find(state.firewalls, "firewall", wall)
    for field, keys in (("firewalls", walls), ("volumes", body.volumes)):
        if len(set(keys)) < len(keys):
            raise invalid(field, "must not hold the same twice")
    for volume in body.volumes:
        volumes.require_attachable_to_new(cloud, volume, order.location.name, len(body.volumes))
    for at, network in enumerate(body.networks):
        server_nets.address_in(cloud, network, order.location.network_zone)
        server_nets.require_apart(cloud, body.networks[:at], network)
    if body.placement_group is not None:
        placement_groups.require_room(cloud, body.placement_group)
    fresh = _check_addresses(cloud, order)
    cloud.require_quota(KIND, len(state.servers))
    cloud.require_quota("primary_ip", len(state.primary_ips), fresh)


def _check_addresses(cloud: Cloud, order: Order) -> int:
    """Check the primary IPs that were brought, and return how many must be rented."""
    public = order.public
    brought = (("ipv4", public.enable_ipv4, public.ipv4), ("ipv6", public.enable_ipv6, public.ipv6))
    for version, enabled, key in brought:
        if enabled and key is not None:
            address = find(cloud.state.primary_ips, "primary_ip", key)
            _check_address(address, version, order.location.name)
    return sum(enabled and key is None for _, enabled, key in brought)


def _check_address(address: PrimaryIp, version: str, location: str) -> None:
    if address.type != version:
        raise Refused("primary_ip_version_mismatch", f"primary ip is no {version}", {})
    if address.assignee is not None:
        raise Refused("primary_ip_assigned", "primary ip is already assigned", {})
    if address.location != location:
        raise Refused("primary_ip_datacenter_mismatch", "primary ip is in another location", {})


def create(cloud: Cloud, call: Call) -> Answer:
    """Order a server: it is listed at once, created, and started by actions."""
    body: Create = call.body
    order = _resolve(cloud, body)
    server = _enlist(cloud, body, order)
    own = Ref(KIND, server.id)
    first = cloud.actions.begin("create_server", own)
    nexts = _begin_rest(cloud, body, order, first, own)
    cloud.reconsider_selectors()
    password = None if order.keys else sha256(f"root of {server.id}".encode()).hexdigest()[:20]
    payload: dict[str, Any] = {
        "server": view(cloud, server),
        "action": action_view(first, cloud.now()),
        "next_actions": [action_view(action, cloud.now()) for action in nexts],
        "root_password": password,
    }
    return Answer(payload, 201)


def _enlist(cloud: Cloud, body: Create, order: Order) -> Server:
    server = Server(
        id=cloud.new_id(),
        name=body.name,
        created=cloud.now(),
        labels=order.labels,
        type=order.type.name,
        location=order.location.name,
        image=order.image.id,
        disk=order.type.disk,
        keys=order.keys,
        user_data=body.user_data,
        placement_group=body.placement_group,
    )
    cloud.state.servers[server.id] = server
    offer = order.type.offered(server.location)
    if offer is not None:
        rent(cloud, KIND, server, server.type, server.location, offer)
    _give_addresses(cloud, server, order.public)
    for wanted in body.firewalls:
        cloud.state.firewalls[wanted.firewall].applied.append(Application(server=server.id))
    return server


def _give_addresses(cloud: Cloud, server: Server, public: PublicNet) -> None:
    wanted: list[tuple[Version, bool, int | None]] = [
        ("ipv4", public.enable_ipv4, public.ipv4),
        ("ipv6", public.enable_ipv6, public.ipv6),
    ]
    for version, enabled, key in wanted:
        if not enabled:
            continue
        if key is None:
            address = primary_ips.allocate(
                cloud, "", version, server.location, {}, auto_delete=True
            )
        else:
            address = cloud.state.primary_ips[key]
        primary_ips.connect(server, address)


def _begin_rest(cloud: Cloud, body: Create, order: Order, first: Action, own: Ref) -> list[Action]:
    """Begin what follows the creation: volumes, networks, power."""
    begun = []
    for volume in body.volumes:
        refs = (Ref("volume", volume), own)
        begun.append(cloud.actions.begin("attach_volume", *refs, after=first))
    for network in body.networks:
        ip = server_nets.address_in(cloud, network, order.location.network_zone)
        server = cloud.state.servers[own.id]
        begun.append(server_nets.begin_attach(cloud, server, network, ip, after=first))
    if body.start_after_create:
        begun.append(cloud.actions.begin("start_server", own, after=first))
    return begun


def created(cloud: Cloud, action: Action) -> None:
    """Let the server be there, switched off until it is started."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None:
        starts = any(
            follower.after == action.id and follower.command == "start_server"
            for follower in cloud.actions.running.values()
        )
        server.status = "starting" if starts else "off"


def failed(cloud: Cloud, action: Action) -> None:
    """Leave the server as it was before the action that failed; a new one stays off."""
    server = cloud.state.servers.get(action.resources[0].id)
    if server is not None:
        server.status = action.data.get("was", "off")


ROUTES = (Route("POST", "/servers", create, Create),)
EFFECTS: dict[str, Effect] = {"create_server": created}
FAILURES: dict[str, Effect] = dict.fromkeys(
    (
        "create_server",
        "start_server",
        "stop_server",
        "reboot_server",
        "reset_server",
        "change_server_type",
        "rebuild_server",
        "delete_server",
    ),
    failed,
)
