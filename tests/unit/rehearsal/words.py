"""What guessed requests are made of: words by field, and whole bodies where fields must agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from provisioner.rehearsal.hetzner.catalogue import Catalogue
from provisioner.rehearsal.hetzner.model import LoadBalancer, State
from tests.unit.rehearsal.client import CERTIFICATE, CERTIFICATE_KEY, KEY

JUNK: list[Any] = [None, True, -1, 0, 2**70, 1.5, "", "x" * 300, "\x00", [], {}, [[]], {"": None},
                   "\ud800", "ä" * 40, {"a": {"a": {"a": []}}}]  # fmt: skip
QUERIES = ["", "", "", "", "", "", "?page=2&per_page=1", "?name=a", "?sort=id:desc",
           "?label_selector=tier", "?label_selector=a in (b", "?status=off", "?id=10001&id=7",
           "?page=%00"]  # fmt: skip
SELECTORS = ["tier=web", "tier=web", "tier", "!tier", "tier in (web,db)", "in ("]
WORDS: dict[str, list[Any]] = {
    "name": ["a", "b", "web", "d.e"],
    "type": ["cloud", "cloud", "vswitch", "server"],
    "protocol": ["tcp", "http"],
    "public_key": [KEY],
    "server_type": ["cx23", "cx33", "cx33", "cax11", "ccx23", 101],
    "image": ["ubuntu-24.04", "ubuntu-24.04", "debian-12", 1001],
    "location": ["fsn1", "fsn1", "nbg1", None],
    "load_balancer_type": ["lb11", "lb21", 1],
    "network_zone": ["eu-central", "eu-central", "eu-central", "us-east"],
    "user_data": ["#cloud-config"],
    "ip_range": [None, "10.0.1.0/24"],
    "ip": [None, None, "10.0.1.5", "10.0.1.6"],
    "alias_ips": ["10.0.1.50", "10.0.1.51"],
    "dns_ptr": ["a.example.com", None],
    "size": [10, 20, 5],
    "port": ["80", "80-90", "x", None],
    "source_ips": ["0.0.0.0/0", "::/0", "1.2.3.4"],
    "destination_ips": ["0.0.0.0/0"],
    "selector": SELECTORS,
    "labels": [{}, {"tier": "web"}, {"tier": "web"}, {"tier": "db", "a": "b"}, {"-": ""}],
    "listen_port": [80, 443, 8080, 70000],
    "destination_port": [31080],
    "ttl": [60, 3600, None],
    "interval": [15, 1],
    "timeout": [10],
    "retries": [3],
    "assignee_type": ["server"],
    "value": ["192.0.2.1", "192.0.2.2", '"text"'],
    "comment": ["said", None],
    "mode": ["primary"],
    "home_location": ["fsn1"],
}


@dataclass(frozen=True)
class Scene:
    """What a maker of values may look at."""

    random: Random
    state: State
    key: int
    """The resource that the request is about; 0 for an order."""

    def one(self, *choices: Any) -> Any:
        """Return one of the choices, or an id that nothing has."""
        return self.random.choice(choices or (7,))

    @property
    def balancer(self) -> LoadBalancer | None:
        """The load balancer that the request is about, if it is one."""
        return self.state.load_balancers.get(self.key)


def fresh(scene: Scene) -> str:
    """Return a name that nothing has."""
    return f"n{scene.random.randrange(10**9)}"


def address(scene: Scene) -> str:
    """Return a public address of what the request is about, or of anybody."""
    held = [ip.ip for ip in scene.state.primary_ips.values() if scene.key in (ip.id, ip.assignee)]
    held += [ip.ip for ip in scene.state.floating_ips.values() if scene.key == ip.id]
    held += [scene.balancer.ipv4] if scene.balancer else []
    return str(scene.one(*held, "127.77.0.1")).replace("/64", "1")


def subnet(scene: Scene) -> str:
    """Return the range of a subnet of the network, or a wider range."""
    held = scene.state.networks.get(scene.key)
    ranges = [each.ip_range for each in held.subnets] if held else []
    return str(scene.one(*ranges, "10.0.0.0/8"))


def server(scene: Scene) -> dict[str, int]:
    """Return a reference to a server that is there."""
    return {"id": scene.one(*scene.state.servers)}


def selector(scene: Scene) -> dict[str, str]:
    """Return a reference to servers by label."""
    return {"selector": scene.one(*SELECTORS)}


def group(scene: Scene) -> int:
    """Return a placement group that is there."""
    return int(scene.one(*scene.state.placement_groups))


def network(scene: Scene) -> int:
    """Return a network that has a subnet."""
    held = [each.id for each in scene.state.networks.values() if each.subnets]
    return int(scene.one(*held))


def own_network(scene: Scene) -> int:
    """Return a network that the server or load balancer is in."""
    held = scene.state.servers.get(scene.key)
    nets = [net.network for net in held.nets] if held else []
    nets += [scene.balancer.net.network] if scene.balancer and scene.balancer.net else []
    return int(scene.one(*nets))


def idle_server(scene: Scene) -> int:
    """Return a server that is off, where there is one."""
    held = [each.id for each in scene.state.servers.values() if each.status == "off"]
    return int(scene.one(*(held or scene.state.servers)))


def https(scene: Scene) -> dict[str, Any]:
    """Return options with a certificate that is there."""
    return {"certificates": [scene.one(*scene.state.certificates)]}


def served(scene: Scene) -> int:
    """Return a port on which the load balancer listens."""
    held = scene.balancer.services if scene.balancer else []
    return int(scene.one(*(each["listen_port"] for each in held), 80))


def known_target(scene: Scene) -> dict[str, Any]:
    """Return a target that the load balancer has, as it is asked for."""
    held = scene.one(*(scene.balancer.targets if scene.balancer else ()) or (None,))
    if held is None:
        return {"type": "label_selector", "label_selector": {"selector": "tier"}}
    if held.server:
        return {"type": "server", "server": {"id": held.server}}
    if held.selector:
        return {"type": "label_selector", "label_selector": {"selector": held.selector}}
    return {"type": "ip", "ip": {"ip": held.ip}}


def records(scene: Scene) -> list[dict[str, str]]:
    """Return some of the records that a zone has."""
    held = scene.state.zones.get(scene.key)
    sets = [each.records for each in held.rrsets.values() if each.type == "A"] if held else []
    return list(scene.one(*sets, [{"value": "192.0.2.9"}]))[:1]


Body = dict[str, Any]
Whole = Body | Callable[[Scene], Body]
APPLICATIONS: list[Body] = [{"type": "server", "server": server},
                            {"type": "label_selector", "label_selector": selector}]  # fmt: skip
TARGETS: list[Whole] = [
    each | {"use_private_ip": on} for each in APPLICATIONS for on in (False, True)
]
TARGETS += [{"type": "ip", "ip": {"ip": "203.0.113.9"}}, *[known_target] * 5]
CHECK = {"protocol": "http", "port": 80, "interval": 15, "timeout": 10, "retries": 3}
SERVICES: list[Body] = [
    {"protocol": "tcp", "listen_port": 80, "destination_port": 31080},
    {"protocol": "http", "health_check": CHECK},
    {"protocol": "http", "listen_port": 8080, "http": {"sticky_sessions": True}},
    {"protocol": "https", "http": https},
    {"listen_port": served, "proxyprotocol": True},
    {"listen_port": served, "protocol": "http", "health_check": {"port": 81}},
]
ICMP = {"direction": "in", "protocol": "icmp", "source_ips": ["0.0.0.0/0", "::/0"]}
RANGES = [{"ip_range": subnet}]
ORDER = {"name": fresh, "server_type": "cx23", "image": "ubuntu-24.04", "location": "fsn1"}
TWO = [{"value": "192.0.2.1", "comment": "one"}, {"value": "192.0.2.3"}]
RECORDS: Sequence[Whole] = [
    {"records": each} for each in (records, records, [{"value": "192.0.2.2"}], TWO)
]
BODIES: dict[str, Sequence[Whole]] = {
    "server_orders.Create": [
        ORDER | {"labels": {"tier": "web"}},
        ORDER | {"start_after_create": False, "public_net": {"enable_ipv4": False}},
        ORDER | {"networks": [], "user_data": "#cloud-config", "location": "nbg1"},
        ORDER | {"placement_group": group},
    ],
    "primary_ips.Create": [{"name": fresh, "type": "ipv4", "location": "fsn1"}],
    "primary_ips.Assign": [{"assignee_id": idle_server, "assignee_type": "server"}],
    "certificates.Create": [
        {"name": fresh, "certificate": CERTIFICATE, "private_key": CERTIFICATE_KEY}
    ],
    "floating_ips.Create": [{"name": fresh, "type": "ipv4", "home_location": "fsn1"}],
    "volumes.Create": [{"name": fresh, "size": 10, "location": "fsn1"}],
    "volumes.Attach": [{"server": idle_server}],
    "volumes.Resize": [{"size": 50}],
    "networks.Create": [
        {"name": fresh, "ip_range": "10.1.0.0/16"},
        {"name": fresh, "ip_range": "10.0.0.0/16",
         "subnets": [{"type": "cloud", "network_zone": "eu-central", "ip_range": "10.0.1.0/24"}],
         "routes": [{"destination": "10.9.0.0/24", "gateway": "10.0.1.7"}]},
    ],
    "networks.SubnetBody": [
        {"type": kind, "network_zone": "eu-central", "ip_range": ip_range}
        for kind in ("cloud", "server", "vswitch")
        for ip_range in (None, "10.0.1.0/24", "10.0.2.0/24")
    ],
    "networks.RouteBody": [
        {"destination": "10.9.0.0/24", "gateway": "10.0.1.7"},
        {"destination": "10.8.0.0/24", "gateway": "10.0.1.8"},
    ],
    "network_actions.Range": RANGES,
    "server_nets.Attach": [{"network": network}, {"network": network, "alias_ips": ["10.0.1.50"]}],
    "server_nets.Detach": [{"network": own_network}],
    "server_nets.AliasIps": [{"network": own_network, "alias_ips": ["10.0.1.51"]}],
    "server_changes.ProtectServer": [{"delete": on, "rebuild": on} for on in (True, False, False)],
    "server_changes.Group": [{"placement_group": group}],
    "server_power.ChangeType": [
        {"server_type": name, "upgrade_disk": False} for name in ("cx33", "cx43", "cax21")
    ],
    "common.Protect": [{"delete": True}, {"delete": False}, {"delete": False}],
    "common.DnsPtr": [{"ip": address, "dns_ptr": "a.example.com"}, {"ip": address}],
    "firewall_rules.Rule": [
        ICMP,
        ICMP | {"protocol": "tcp", "port": "80-90", "description": "web"},
        {"direction": "out", "protocol": "udp", "port": "53", "destination_ips": ["0.0.0.0/0"]},
    ],
    "firewall_actions.ApplyTo": APPLICATIONS,
    "balancer_targets.TargetBody": TARGETS,
    "balancer_services.Service": SERVICES,
    "balancer_actions.Port": [{"listen_port": served}],
    "balancer_actions.Attach": [{"network": network}],
    "balancer_actions.Detach": [{"network": own_network}],
    "records.RrsetBody": [
        {"name": "www", "type": "A", "ttl": 60, "records": [{"value": "192.0.2.1"}]},
        {"name": "@", "type": "TXT", "records": [{"value": '"text"'}]},
        {"name": "mail", "type": "CNAME", "records": [{"value": "www"}]},
    ],
    "rrsets.Records": RECORDS,
}  # fmt: skip


READY: dict[str, Callable[[Any], object]] = {
    "remove_target": lambda balancer: balancer.targets,
    "update_service": lambda balancer: balancer.services,
    "delete_service": lambda balancer: balancer.services,
    "detach_from_network": lambda member: (
        getattr(member, "nets", None) or getattr(member, "net", 0)
    ),
    "change_alias_ips": lambda server: server.nets,
    "remove_from_placement_group": lambda server: server.placement_group,
    "remove_from_resources": lambda wall: wall.applied,
    "delete_subnet": lambda network: network.subnets,
    "delete_route": lambda network: network.routes,
    "unassign": lambda ip: getattr(ip, "assignee", None) or getattr(ip, "server", None),
    "detach": lambda volume: volume.server,
    "disable_public_interface": lambda balancer: balancer.net,
    "add_to_placement_group": lambda server: server.status == "off",
    "change_type": lambda record: getattr(record, "status", "off") == "off",
}
"""By the last word of a path: what must be there that the request can undo or change."""


def keys(catalogue: Catalogue, kind: str) -> list[Any]:
    """Return the ids of what is offered of a kind."""
    return [entry.id for entry in getattr(catalogue, kind, ())]
