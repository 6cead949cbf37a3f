"""The simulated cloud under the official Python client: every kind, made, read, changed, unmade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from hcloud import APIException, Client
from hcloud.actions import BoundAction
from hcloud.firewalls import FirewallResource, FirewallResourceLabelSelector, FirewallRule
from hcloud.images import Image
from hcloud.load_balancer_types import LoadBalancerType
from hcloud.load_balancers import (
    LoadBalancerAlgorithm,
    LoadBalancerService,
    LoadBalancerServiceHttp,
    LoadBalancerTarget,
    LoadBalancerTargetLabelSelector,
)
from hcloud.locations import Location
from hcloud.networks import BoundNetwork, NetworkRoute, NetworkSubnet
from hcloud.server_types import ServerType
from hcloud.servers import BoundServer, IPv4Address, ServerCreatePublicNetwork
from hcloud.zones import ZoneRecord

from tests.integration.simulated import TOKEN, Simulated, simulated
from tests.unit.rehearsal.client import KEY
from tests.unit.rehearsal.signing import self_signed

T = TypeVar("T")
WEB = {"tier": "web"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulated]:
    """Return a served cloud on a fast clock."""
    with simulated(speed=500) as served:
        yield served


@pytest.fixture
def client(cloud: Simulated) -> Client:
    """Return the official client of it."""
    return Client(TOKEN, api_endpoint=cloud.endpoint, poll_interval=0.02)


def known(value: T | None) -> T:
    """Return what the client's types leave open and an answer always holds."""
    assert value is not None
    return value


def in_turn(*steps: Callable[[], BoundAction | None]) -> None:
    """Begin one action after the other, each once the one before has ended."""
    for begin in steps:
        known(begin()).wait_until_finished()


def order(client: Client, name: str, **more: Any) -> BoundServer:
    """Return a server that runs."""
    kind, image = ServerType(name="cx23"), Image(name="ubuntu-24.04")
    made = client.servers.create(name, kind, image, **more)
    for action in (made.action, *made.next_actions):
        action.wait_until_finished()
    return client.servers.get_by_id(known(made.server.id))


def ipv4(server: BoundServer) -> IPv4Address:
    """Return the public address of a server."""
    return known(known(server.public_net).ipv4)


def network(client: Client, name: str) -> BoundNetwork:
    """Return a network with a subnet."""
    made = client.networks.create(name, "10.0.0.0/16")
    subnet = NetworkSubnet("10.0.1.0/24", type="cloud", network_zone="eu-central")
    made.add_subnet(subnet).wait_until_finished()
    return made


def test_the_catalogue(client: Client) -> None:
    """Types, locations, images and prices are read as the client knows them."""
    kinds = client.server_types.get_all()
    assert {"cx23", "cax11", "ccx13"} <= {kind.name for kind in kinds}
    assert all(kind.locations and kind.prices for kind in kinds)
    assert known(client.locations.get_by_name("hel1")).network_zone == "eu-central"
    image = known(client.images.get_by_name_and_architecture("ubuntu-24.04", "arm"))
    assert (image.os_flavor, image.architecture) == ("ubuntu", "arm")
    assert known(client.load_balancer_types.get_by_name("lb11")).max_targets == 25


def test_ssh_keys(client: Client) -> None:
    """Made, found by name and fingerprint, renamed, gone."""
    key = client.ssh_keys.create("me", KEY, labels=WEB)
    found = client.ssh_keys.get_by_fingerprint(known(key.fingerprint))
    assert known(found).id == key.id
    assert key.update(name="you").name == "you"
    assert key.delete()
    assert client.ssh_keys.get_by_name("you") is None


def test_certificates(client: Client) -> None:
    """Uploaded, found, named otherwise, used by a service, and gone only after it."""
    pem, key = self_signed("web.example.org")
    made = client.certificates.create("tls", pem, key, labels=WEB)
    assert (made.domain_names, made.type, made.certificate) == (
        ["web.example.org"],
        "uploaded",
        pem,
    )
    made = made.update(name="https")
    with pytest.raises(APIException, match="private_key"):
        client.certificates.create("other", pem, self_signed("a.example.org")[1])
    http = LoadBalancerServiceHttp(certificates=[made], redirect_http=True)
    service = LoadBalancerService("https", listen_port=443, destination_port=80, http=http)
    ordered = client.load_balancers.create(
        "tls", LoadBalancerType(name="lb11"), location=Location(name="fsn1"), services=[service]
    )
    ordered.action.wait_until_finished()
    shown = known(client.load_balancers.get_by_name("tls"))
    served = known(known(shown.services)[0].http)
    assert [each.id for each in known(served.certificates)] == [made.id]
    with pytest.raises(APIException, match="in use"):
        made.delete()
    shown.delete()
    assert made.delete()
    assert client.certificates.get_by_name("https") is None


def test_networks(client: Client) -> None:
    """Subnets, routes, range and protection change by actions."""
    made = network(client, "net")
    route = NetworkRoute("10.9.0.0/24", "10.0.1.1")
    made.add_route(route).wait_until_finished()
    made.change_ip_range("10.0.0.0/12").wait_until_finished()
    made.change_protection(delete=True).wait_until_finished()
    made.reload()
    assert (made.ip_range, made.protection) == ("10.0.0.0/12", {"delete": True})
    subnet = known(made.subnets)[0]
    assert subnet.gateway == "10.0.0.1"
    assert known(made.routes)[0].destination == "10.9.0.0/24"
    with pytest.raises(APIException, match="protected"):
        made.delete()
    made.change_protection(delete=False).wait_until_finished()
    made.delete_route(route).wait_until_finished()
    made.delete_subnet(subnet).wait_until_finished()
    assert made.delete()


def test_firewalls(client: Client) -> None:
    """Rules and applications change by actions; a selector finds its servers."""
    server = order(client, "walled", labels=WEB)
    rule = FirewallRule("in", "tcp", ["0.0.0.0/0", "::/0"], port="80")
    made = client.firewalls.create("wall", rules=[rule])
    selector = FirewallResource(
        "label_selector", label_selector=FirewallResourceLabelSelector("tier=web")
    )
    for action in known(made.actions) + made.firewall.apply_to_resources([selector]):
        action.wait_until_finished()
    wall = client.firewalls.get_by_id(known(made.firewall.id))
    assert known(wall.rules)[0].port == "80"
    applied = known(known(wall.applied_to)[0].applied_to_resources)
    assert [known(r.server).id for r in applied] == [server.id]
    for action in wall.set_rules([]) + wall.remove_from_resources([selector]):
        action.wait_until_finished()
    assert client.firewalls.get_by_id(known(wall.id)).rules == []
    assert wall.delete()
    server.delete().wait_until_finished()


def test_servers(client: Client) -> None:
    """Power, type, protection, backups, rescue, names and networks, then the end."""
    net = network(client, "servers")
    group = client.placement_groups.create("group", "spread").placement_group
    server = order(client, "one", labels=WEB, networks=[net], placement_group=group)
    assert (server.status, known(server.private_net)[0].ip) == ("running", "10.0.1.1")
    assert client.servers.get_all(label_selector="tier=web")[0].id == server.id
    server.update(name="two")
    in_turn(
        server.shutdown,
        server.power_off,
        lambda: server.change_type(ServerType(name="cx33"), upgrade_disk=True),
        server.reboot,
        server.reset,
        server.enable_backup,
        server.disable_backup,
        lambda: server.enable_rescue("linux64").action,
        server.disable_rescue,
        lambda: server.reset_password().action,
        lambda: server.rebuild(Image(name="debian-12")).action,
        lambda: server.change_protection(delete=True, rebuild=True),
        lambda: server.change_protection(delete=False, rebuild=False),
        lambda: server.change_dns_ptr(ipv4(server).ip, "two.example.com"),
        lambda: server.change_alias_ips(net, ["10.0.1.9"]),
        lambda: server.detach_from_network(net),
        server.power_off,
        server.remove_from_placement_group,
        lambda: server.add_to_placement_group(group),
        server.power_on,
    )
    server.reload()
    kind, image = known(server.server_type), known(server.image)
    assert (server.name, kind.name, image.name) == ("two", "cx33", "debian-12")
    assert (server.status, server.private_net) == ("running", [])
    ptr, placed = ipv4(server).dns_ptr, known(server.placement_group).id
    assert (ptr, placed, len(server.get_actions())) == ("two.example.com", group.id, 23)
    server.delete().wait_until_finished()
    assert client.servers.get_by_name("two") is None
    assert group.delete()
    assert net.delete()


def test_primary_ips(client: Client) -> None:
    """An address is assigned to a stopped server, taken away, and given back."""
    location = Location(name="fsn1")
    address = client.primary_ips.create("ipv4", "ip", location=location).primary_ip
    net = ServerCreatePublicNetwork(enable_ipv4=False)
    server = order(client, "addressed", public_net=net, start_after_create=False)
    address.assign(known(server.id), "server").wait_until_finished()
    server.reload()
    held = known(known(server.public_net).primary_ipv4)
    assert (server.status, held.id) == ("off", address.id)
    address.change_dns_ptr(known(address.ip), "a.example.com").wait_until_finished()
    address.change_protection(delete=True).wait_until_finished()
    address.change_protection(delete=False).wait_until_finished()
    address.unassign().wait_until_finished()
    assert known(address.update(name="other").dns_ptr)[0]["dns_ptr"] == "a.example.com"
    assert address.delete()
    server.delete().wait_until_finished()


def test_floating_ips(client: Client) -> None:
    """An address moves between running servers, outlives them, and is given back."""
    first, second = order(client, "first"), order(client, "second")
    made = client.floating_ips.create("ipv4", name="float", description="d", server=first)
    known(made.action).wait_until_finished()
    address = known(client.floating_ips.get_by_name("float"))
    assert known(address.server).id == first.id
    first.reload()
    assert [held.id for held in known(first.public_net).floating_ips] == [address.id]
    in_turn(
        lambda: address.assign(second),
        lambda: address.change_dns_ptr(known(address.ip), "f.example.com"),
        lambda: address.change_protection(delete=True),
        lambda: address.change_protection(delete=False),
        address.unassign,
        lambda: address.assign(second),
        second.delete,
        first.delete,
    )
    address = address.update(name="drift", description="", labels=WEB)
    assert (address.server, known(address.dns_ptr)[0]["dns_ptr"]) == (None, "f.example.com")
    assert address.delete()


def test_volumes(client: Client) -> None:
    """Made with a server, detached, enlarged, attached again, gone."""
    server = order(client, "stored")
    made = client.volumes.create(10, "disk", server=server, format="ext4", automount=False)
    for action in (made.action, *made.next_actions):
        action.wait_until_finished()
    disk = client.volumes.get_by_id(known(made.volume.id))
    assert (known(disk.server).id, disk.status) == (server.id, "available")
    disk.detach().wait_until_finished()
    disk.resize(20).wait_until_finished()
    disk.attach(server).wait_until_finished()
    disk.change_protection(delete=True).wait_until_finished()
    disk.change_protection(delete=False).wait_until_finished()
    server.delete().wait_until_finished()
    disk.reload()
    assert (disk.server, disk.size) == (None, 20)
    assert disk.delete()


def test_load_balancers(client: Client) -> None:
    """Services, targets, network, interface, algorithm and type, then the end."""
    net = network(client, "balanced")
    server = order(client, "target", labels=WEB, networks=[net])
    made = client.load_balancers.create(
        "lb", LoadBalancerType(name="lb11"), location=Location(name="fsn1")
    )
    made.action.wait_until_finished()
    balancer = made.load_balancer
    service = LoadBalancerService("tcp", listen_port=80, destination_port=31080)
    target = LoadBalancerTarget(
        "label_selector",
        label_selector=LoadBalancerTargetLabelSelector("tier=web"),
        use_private_ip=True,
    )
    change = LoadBalancerService(listen_port=80, proxyprotocol=True)
    in_turn(
        lambda: balancer.attach_to_network(net, ip="10.0.1.254"),
        lambda: balancer.add_service(service),
        lambda: balancer.update_service(change),
        lambda: balancer.add_target(target),
        lambda: balancer.disable_public_interface(),
        lambda: balancer.change_algorithm(LoadBalancerAlgorithm("least_connections")),
        lambda: balancer.change_type(LoadBalancerType(name="lb21")),
    )
    balancer.reload()
    assert known(balancer.services)[0].proxyprotocol
    assert known(balancer.public_net).enabled is False
    assert known(balancer.private_net)[0].ip == "10.0.1.254"
    found = known(known(balancer.targets)[0].targets)
    assert [known(t.server).id for t in found] == [server.id]
    in_turn(
        lambda: balancer.enable_public_interface(),
        lambda: balancer.remove_target(target),
        lambda: balancer.delete_service(service),
        lambda: balancer.detach_from_network(net),
        lambda: balancer.delete().action,
    )
    server.delete().wait_until_finished()
    assert net.delete()


def test_zones(client: Client) -> None:
    """A zone has records of its own; record sets are made, changed, protected and removed."""
    made = client.zones.create(name="example.org", mode="primary", ttl=300)
    made.action.wait_until_finished()
    zone = client.zones.get("example.org")
    assert {rrset.id for rrset in zone.get_rrset_all()} == {"@/SOA", "@/NS"}
    first, second = ZoneRecord("192.0.2.1"), ZoneRecord("192.0.2.2", comment="two")
    new = zone.create_rrset(name="www", type="A", ttl=60, records=[first])
    new.action.wait_until_finished()
    rrset = zone.get_rrset("www", "A")
    in_turn(
        lambda: rrset.add_rrset_records([second]),
        lambda: rrset.update_rrset_records([first, second]),
        lambda: rrset.remove_rrset_records([first]),
        lambda: rrset.change_rrset_ttl(120),
        lambda: rrset.change_rrset_protection(change=True),
    )
    rrset = zone.get_rrset("www", "A")
    assert ([r.comment for r in known(rrset.records)], rrset.ttl) == (["two"], 120)
    with pytest.raises(APIException, match="protected"):
        rrset.set_rrset_records([first])
    in_turn(
        lambda: rrset.change_rrset_protection(change=False),
        lambda: rrset.set_rrset_records([first]),
        lambda: zone.change_ttl(600),
        lambda: rrset.delete_rrset().action,
        lambda: zone.delete().action,
    )
    with pytest.raises(APIException, match="not found"):
        client.zones.get("example.org")


def test_nothing_is_left(cloud: Simulated) -> None:
    """After all of these the project is empty, and everything was billed."""
    assert cloud.sim("GET", "/inventory") == {}
    kinds = {line["kind"] for line in cloud.sim("GET", "/bill")["charges"]}
    assert kinds == {"server", "primary_ip", "floating_ip", "load_balancer", "volume"}
