"""Networks and load balancers: who is attached, who is reached, and in which order it ends."""

from __future__ import annotations

from typing import Any

from provisioner.rehearsal.hetzner.catalogue import Catalogue
from tests.unit.rehearsal.client import Caller

MOMENT = Catalogue.default().latencies["label_selector"]


async def attach(api: Caller, server: int, network: int, **more: Any) -> None:
    """Attach a server and wait for it."""
    await api.post(f"/servers/{server}/actions/attach_to_network", {"network": network, **more})
    await api.settle()


async def test_servers_get_the_address_they_ask_for_or_the_lowest(api: Caller) -> None:
    """Twice the same address, network or server is refused, each by its own code."""
    network, one, two = await api.network(), await api.server("a"), await api.server("b")
    await attach(api, one, network, ip="10.0.1.7")
    await attach(api, two, network)
    shown = (await api.get("/servers?sort=name"))["servers"]
    assert [server["private_net"][0]["ip"] for server in shown] == ["10.0.1.7", "10.0.1.1"]
    assert len({server["private_net"][0]["mac_address"] for server in shown}) == 2
    path = f"/servers/{one}/actions/attach_to_network"
    assert await api.refused("POST", path, {"network": network}) == "server_already_attached"
    other = await api.server("c")
    path = f"/servers/{other}/actions/attach_to_network"
    body = {"network": network, "ip": "10.0.1.7"}
    assert await api.refused("POST", path, body) == "ip_not_available"


async def test_an_address_is_promised_as_soon_as_it_is_asked_for(api: Caller) -> None:
    """Two attachments that run at once never get the same address."""
    network, one, two = await api.network(), await api.server("a"), await api.server("b")
    for server in (one, two):
        await api.post(f"/servers/{server}/actions/attach_to_network", {"network": network})
    await api.settle()
    shown = (await api.get("/servers"))["servers"]
    assert len({server["private_net"][0]["ip"] for server in shown}) == 2


async def test_a_subnet_in_use_cannot_be_deleted_but_a_network_detaches_all(api: Caller) -> None:
    """The refusal holds the words that the provider looks for."""
    network, server = await api.network(), await api.server()
    await attach(api, server, network)
    path = f"/networks/{network}/actions/delete_subnet"
    reply = await api.call("POST", path, {"ip_range": "10.0.1.0/24"})
    assert reply.code == "service_error"
    assert "servers are attached" in reply.json["error"]["message"]
    assert (await api.call("DELETE", f"/networks/{network}")).status == 204
    assert (await api.get(f"/servers/{server}"))["server"]["private_net"] == []


async def test_a_server_is_in_no_two_networks_that_overlap(api: Caller) -> None:
    """Neither by an order nor later."""
    first, second = await api.network("a"), await api.network("b")
    order = {"name": "o", "server_type": "cx23", "image": "debian-12", "networks": [first, second]}
    assert await api.refused("POST", "/servers", order) == "networks_overlap"
    server = await api.server(networks=[first])
    path = f"/servers/{server}/actions/attach_to_network"
    assert await api.refused("POST", path, {"network": second}) == "networks_overlap"


async def test_a_balancer_without_a_public_side_takes_private_targets_only(api: Caller) -> None:
    """What it could reach over the public interface alone is refused."""
    network = await api.network()
    balancer = await api.balancer(network=network, public_interface=False)
    path = f"/load_balancers/{balancer}/actions/add_target"
    body = {"type": "label_selector", "label_selector": {"selector": "tier=web"}}
    assert await api.refused("POST", path, body) == "load_balancer_public_interface_disabled"
    await api.post(path, body | {"use_private_ip": True})


async def test_without_a_subnet_nothing_can_be_attached(api: Caller) -> None:
    """Ordering is refused with the code on which the provider tries again."""
    made = await api.post("/networks", {"name": "n", "ip_range": "10.0.0.0/16"})
    server = await api.server()
    body = {"network": made["network"]["id"]}
    path = f"/servers/{server}/actions/attach_to_network"
    assert await api.refused("POST", path, body) == "no_subnet_available"


async def test_a_selector_is_evaluated_a_moment_later(api: Caller) -> None:
    """A label that comes or goes changes firewall and balancer only after a while."""
    network, server = await api.network(), await api.server(labels={"tier": "db"})
    await attach(api, server, network)
    balancer = await api.balancer()
    path = f"/load_balancers/{balancer}/actions"
    target = {"type": "label_selector", "label_selector": {"selector": "tier=web"},
              "use_private_ip": True}  # fmt: skip
    refused = await api.refused("POST", f"{path}/add_target", target)
    assert refused == "load_balancer_not_attached_to_network"
    await api.post(f"{path}/attach_to_network", {"network": network})
    await api.settle()
    await api.post(f"{path}/add_target", target)
    wall = {"name": "f", "apply_to": [
        {"type": "label_selector", "label_selector": {"selector": "tier=web"}}]}  # fmt: skip
    firewall = (await api.post("/firewalls", wall))["firewall"]["id"]
    await api.settle()
    assert await api.refused("POST", f"{path}/add_target", target) == "target_already_defined"

    async def matched() -> tuple[list[int], list[int]]:
        lb = (await api.get(f"/load_balancers/{balancer}"))["load_balancer"]["targets"][0]
        fw = (await api.get(f"/firewalls/{firewall}"))["firewall"]["applied_to"][0]
        return ([t["server"]["id"] for t in lb["targets"]],
                [r["server"]["id"] for r in fw["applied_to_resources"]])  # fmt: skip

    assert await matched() == ([], [])
    await api.call("PUT", f"/servers/{server}", {"labels": {"tier": "web"}})
    api.clock.advance(MOMENT / 2)
    assert await matched() == ([], [])
    api.clock.advance(MOMENT / 2)
    assert await matched() == ([server], [server])
    managed = {"remove_from": [{"type": "server", "server": {"id": server}}]}
    remove = f"/firewalls/{firewall}/actions/remove_from_resources"
    assert await api.refused("POST", remove, managed) == "firewall_managed_by_label_selector"
    await api.call("DELETE", f"/servers/{server}")
    await api.settle()
    assert await matched() == ([], [])


async def test_health_is_unknown_before_the_first_check(api: Caller) -> None:
    """A new target is unknown, then healthy while its server runs, unhealthy when it is off."""
    server = await api.server()
    balancer = await api.balancer()
    path = f"/load_balancers/{balancer}/actions"
    service = {"protocol": "tcp", "listen_port": 80, "destination_port": 31080}
    await api.post(f"{path}/add_service", service)
    await api.settle()
    assert await api.refused("POST", f"{path}/add_service", service) == "source_port_already_used"
    await api.post(f"{path}/add_target", {"type": "server", "server": {"id": server}})
    api.clock.advance(Catalogue.default().latencies["add_target"])

    async def health() -> str:
        shown = (await api.get(f"/load_balancers/{balancer}"))["load_balancer"]
        return str(shown["targets"][0]["health_status"][0]["status"])

    assert await health() == "unknown"
    await api.settle()
    assert await health() == "healthy"
    await api.post(f"/servers/{server}/actions/poweroff")
    await api.settle()
    assert await health() == "unhealthy"


async def test_services_come_with_all_defaults(api: Caller) -> None:
    """What a client left out is filled in as the API does, and a change leaves the rest alone."""
    balancer = await api.balancer()
    path = f"/load_balancers/{balancer}/actions"
    await api.post(f"{path}/add_service", {"protocol": "http"})
    await api.settle()
    change = {"listen_port": 80, "health_check": {"http": {"path": "/up"}}}
    await api.post(f"{path}/update_service", change)
    await api.settle()
    (service,) = (await api.get(f"/load_balancers/{balancer}"))["load_balancer"]["services"]
    assert service["destination_port"] == 80
    assert service["http"]["cookie_name"] == "HCLBSTICKY"
    assert service["health_check"] == {
        "protocol": "http", "port": 80, "interval": 15, "timeout": 10, "retries": 3,
        "http": {"domain": "", "path": "/up", "response": "", "status_codes": ["2??", "3??"],
                 "tls": False},
    }  # fmt: skip


async def test_a_small_balancer_has_five_services(api: Caller) -> None:
    """The sixth is over the type's limit, and the type above has room."""
    balancer = await api.balancer()
    path = f"/load_balancers/{balancer}/actions"
    for port in range(81, 87):
        body = {"protocol": "tcp", "listen_port": port, "destination_port": port}
        reply = await api.call("POST", f"{path}/add_service", body)
        await api.settle()
    assert reply.code == "resource_limit_exceeded"
    await api.post(f"{path}/change_type", {"load_balancer_type": "lb21"})
    await api.settle()
    await api.post(f"{path}/add_service", body)


async def test_an_address_is_a_target_only_where_it_is_ones_own(api: Caller) -> None:
    """Those of the account's dedicated servers are taken; foreign ones are not."""
    path = f"/load_balancers/{await api.balancer()}/actions/add_target"
    body = {"type": "ip", "ip": {"ip": "203.0.113.9"}}
    assert await api.refused("POST", path, body) == "ip_not_owned"
    api.cloud.state.settings.dedicated_ips = ["203.0.113.0/28"]
    await api.post(path, body)


async def test_a_vswitch_is_behind_one_subnet_only(api: Caller) -> None:
    """The code is one on which the provider tries again."""
    order = {"ip_range": "10.0.0.0/16", "subnets": [
        {"type": "vswitch", "network_zone": "eu-central", "vswitch_id": 4711}]}  # fmt: skip
    await api.post("/networks", order | {"name": "first"})
    second = order | {"name": "second"}
    assert await api.refused("POST", "/networks", second) == "vswitch_id_already_used"


async def test_a_zone_is_a_domain_as_it_is_registered(api: Caller) -> None:
    """A subdomain has no zone of its own, and a public suffix none at all."""
    for name in ("cloud.example.org", "co.uk"):
        order = {"name": name, "mode": "primary"}
        assert await api.refused("POST", "/zones", order) == "invalid_input"
    await api.post("/zones", {"name": "example.co.uk", "mode": "primary"})
