"""Servers: what refuses an order, what it comes with, and what deleting it frees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rehearsal.client import KEY, Caller, fresh

ORDER = {"name": "web", "server_type": "cx23", "image": "ubuntu-24.04"}


async def test_a_server_has_addresses_of_its_own_that_die_with_it(api: Caller) -> None:
    """By default it rents both; deleting frees them, and whatever else it held."""
    group = (await api.post("/placement_groups", {"name": "g", "type": "spread"}))[
        "placement_group"
    ]["id"]
    wall = (await api.post("/firewalls", {"name": "f"}))["firewall"]["id"]
    await api.settle()
    key = await api.server(placement_group=group, firewalls=[{"firewall": wall}])
    volume = {"name": "v", "size": 10, "server": key}
    disk = (await api.post("/volumes", volume))["volume"]["id"]
    await api.settle()
    server = (await api.get(f"/servers/{key}"))["server"]
    assert server["public_net"]["ipv4"]["ip"] == "127.77.0.1"
    assert server["public_net"]["ipv6"]["ip"] == "2001:db8:0:1::/64"
    assert server["public_net"]["firewalls"] == [{"id": wall, "status": "applied"}]
    assert (server["volumes"], server["placement_group"]["servers"]) == ([disk], [key])
    assert await api.refused("DELETE", f"/firewalls/{wall}") == "resource_in_use"
    assert await api.refused("DELETE", f"/volumes/{disk}") == "service_error"

    await api.call("DELETE", f"/servers/{key}")
    assert (await api.get(f"/servers/{key}"))["server"]["status"] == "deleting"
    await api.settle()
    assert await api.refused("GET", f"/servers/{key}") == "not_found"
    assert (await api.get("/primary_ips"))["primary_ips"] == []
    assert (await api.get(f"/volumes/{disk}"))["volume"]["server"] is None
    assert (await api.get(f"/placement_groups/{group}"))["placement_group"]["servers"] == []
    assert (await api.call("DELETE", f"/firewalls/{wall}")).status == 204
    assert (await api.call("DELETE", f"/volumes/{disk}")).status == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Web_1"}, "invalid_input"),
        ({"image": "ubuntu-04.10"}, "invalid_input"),
        ({"server_type": "cax11", "image": 1001}, "invalid_input"),
        ({"location": "moon"}, "invalid_input"),
        ({"location": "ash"}, "invalid_input"),
        ({"user_data": "x" * 32769}, "invalid_input"),
        ({"labels": {"-": ""}}, "invalid_input"),
        ({"ssh_keys": ["none"]}, "not_found"),
        ({"networks": [7]}, "not_found"),
        ({"placement_group": 7}, "not_found"),
        ({"firewalls": [{"firewall": 7}]}, "not_found"),
        ({"public_net": {"enable_ipv4": True, "ipv4": 7}}, "not_found"),
        ({"server_type": "cx53", "location": "fsn1"}, "resource_unavailable"),
    ],
)
async def test_an_order_that_cannot_be_is_refused_and_leaves_nothing(
    api: Caller, change: dict[str, Any], code: str
) -> None:
    """The code tells why, and neither server nor address is rented."""
    assert await api.refused("POST", "/servers", ORDER | change) == code
    assert (await api.get("/servers"))["servers"] == []
    assert (await api.get("/primary_ips"))["primary_ips"] == []


async def test_an_order_names_nothing_twice_and_nothing_out_of_reach(api: Caller) -> None:
    """A firewall or volume named twice, or a volume of another location, is refused."""
    wall = (await api.post("/firewalls", {"name": "f"}))["firewall"]["id"]
    volume = {"size": 10, "location": "nbg1"}
    far = (await api.post("/volumes", volume | {"name": "far"}))["volume"]["id"]
    await api.settle()
    twice: list[dict[str, Any]] = [
        {"firewalls": [{"firewall": wall}] * 2},
        {"volumes": [far, far]},
        {"volumes": [far]},
    ]
    for wrong in twice:
        assert await api.refused("POST", "/servers", ORDER | wrong) == "invalid_input"
    both = {"apply_to": [{"type": "label_selector", "label_selector": {"selector": "a"}}] * 2}
    path = f"/firewalls/{wall}/actions/apply_to_resources"
    assert await api.refused("POST", path, both) == "firewall_already_applied"
    assert (await api.call("POST", "/volumes", volume | {"name": "x" * 64})).status == 201
    assert await api.refused("POST", "/volumes", volume | {"name": "x" * 65}) == "invalid_input"


async def test_user_data_may_have_32_kib(api: Caller) -> None:
    """The largest that is allowed is accepted, and never shown."""
    reply = await api.call("POST", "/servers", ORDER | {"user_data": "x" * 32768})
    assert reply.status == 201
    assert b"xxxx" not in reply.raw


async def test_names_are_unique(api: Caller) -> None:
    """A second server or key of the same name is a uniqueness_error that names the field."""
    await api.server()
    again = await api.call("POST", "/servers", ORDER)
    assert (again.status, again.code, again.fields) == (409, "uniqueness_error", ["name"])
    await api.post("/ssh_keys", {"name": "a", "public_key": KEY})
    twin = await api.call("POST", "/ssh_keys", {"name": "b", "public_key": KEY})
    assert (twin.code, twin.fields) == ("uniqueness_error", ["fingerprint"])
    other = await api.server("other")
    assert await api.refused("PUT", f"/servers/{other}", {"name": "web"}) == "uniqueness_error"


async def test_stock_runs_out_and_is_refused_too_late() -> None:
    """A scarce type is sold a few times, then its availability and its orders say no."""
    api = fresh(stock={"cx23": {"fsn1": "few"}}, scale=0)

    async def look() -> tuple[bool, bool]:
        found = (await api.get("/server_types?name=cx23"))["server_types"][0]["locations"]
        place = next(place for place in found if place["name"] == "fsn1")
        return place["available"], place["recommended"]

    for number in range(3):
        assert await look() == (True, False)
        await api.server(f"s{number}")
    assert await look() == (False, False)
    reply = await api.call("POST", "/servers", ORDER)
    assert (reply.status, reply.code) == (412, "resource_unavailable")
    assert (await api.call("POST", "/servers", ORDER | {"location": "nbg1"})).status == 201


async def test_the_quota_is_named_when_it_is_reached() -> None:
    """The refusal says which limit of the project it is."""
    api = fresh(quota={"server": 1})
    await api.server()
    reply = await api.call("POST", "/servers", ORDER | {"name": "b"})
    assert (reply.status, reply.code) == (403, "resource_limit_exceeded")
    assert reply.json["error"]["details"] == {"limits": [{"name": "server_limit"}]}


async def test_a_placement_group_has_room_for_ten(api: Caller) -> None:
    """The eleventh server is refused."""
    made = await api.post("/placement_groups", {"name": "g", "type": "spread"})
    group = made["placement_group"]["id"]
    for number in range(10):
        await api.server(f"s{number}", placement_group=group)
    order = ORDER | {"placement_group": group}
    assert await api.refused("POST", "/servers", order) == "placement_error"


async def test_protection_holds_until_it_is_taken_away(api: Caller) -> None:
    """A protected server can be neither deleted nor rebuilt."""
    key = await api.server()
    path = f"/servers/{key}/actions/change_protection"
    assert await api.refused("POST", path, {"delete": True}) == "invalid_input"
    await api.post(path, {"delete": True, "rebuild": True})
    await api.settle()
    rebuild = f"/servers/{key}/actions/rebuild"
    assert (await api.call("DELETE", f"/servers/{key}")).status == 423
    assert await api.refused("POST", rebuild, {"image": "debian-12"}) == "protected"
    await api.post(path, {"delete": False, "rebuild": False})
    await api.settle()
    await api.post(rebuild, {"image": "debian-12"})
    await api.settle()
    assert (await api.get(f"/servers/{key}"))["server"]["image"]["name"] == "debian-12"


async def test_a_type_changes_only_on_a_stopped_server_which_is_started_again(api: Caller) -> None:
    """The disk grows only where that was asked for, and never shrinks."""
    key = await api.server(server_type="cx33")
    path = f"/servers/{key}/actions/change_type"
    body = {"server_type": "cx43", "upgrade_disk": False}
    assert await api.refused("POST", path, body) == "server_not_stopped"
    await api.post(f"/servers/{key}/actions/poweroff")
    await api.settle()
    for wrong in ("cx23", "cx33", "cax31"):
        refused = await api.refused("POST", path, body | {"server_type": wrong})
        assert refused == "invalid_server_type"
    await api.post(path, body)
    await api.settle()
    server = (await api.get(f"/servers/{key}"))["server"]
    seen = (server["server_type"]["name"], server["primary_disk_size"], server["status"])
    assert seen == ("cx43", 80, "running")


async def test_primary_ips_move_between_stopped_servers_only(api: Caller) -> None:
    """An address that is told to outlives its server; an assigned one cannot be given back."""
    body = {"name": "ip", "type": "ipv4", "location": "fsn1"}
    address = (await api.post("/primary_ips", body))["primary_ip"]
    assert (address["assignee_id"], address["assignee_type"]) == (None, "unassigned")
    key = await api.server(public_net={"enable_ipv4": True, "ipv4": address["id"]})
    own = f"/primary_ips/{address['id']}"
    assert await api.refused("DELETE", own) == "must_be_unassigned"
    assert await api.refused("POST", f"{own}/actions/unassign") == "server_not_stopped"
    order = ORDER | {"name": "b", "public_net": {"ipv4": address["id"]}}
    assert await api.refused("POST", "/servers", order) == "primary_ip_assigned"
    await api.call("DELETE", f"/servers/{key}")
    await api.settle()
    left = (await api.get(own))["primary_ip"]
    assert (left["ip"], left["assignee_id"]) == (address["ip"], None)
    other = await api.server("b", start_after_create=False)
    assign = {"assignee_id": other, "assignee_type": "server"}
    assert await api.refused("POST", f"{own}/actions/assign", assign) == "server_has_ipv4"
    assert (await api.call("DELETE", own)).status == 204


async def test_an_address_resolves_as_before_once_nobody_says_otherwise(api: Caller) -> None:
    """A pointer that is taken back leaves the usual one, and none for IPv6."""
    key = await api.server()
    await api.settle()
    path = f"/servers/{key}/actions/change_dns_ptr"

    async def pointers() -> tuple[str, int]:
        net = (await api.get(f"/servers/{key}"))["server"]["public_net"]
        return net["ipv4"]["dns_ptr"], len(net["ipv6"]["dns_ptr"])

    usual = await pointers()
    assert usual == ("static.1.0.77.127.clients.example.net", 0)
    for told, seen in (("a.example.org", ("a.example.org", 1)), (None, usual)):
        for ip in ("127.77.0.1", "2001:db8:0:1::1"):
            await api.post(path, {"ip": ip, "dns_ptr": told})
            await api.settle()
        assert await pointers() == seen
