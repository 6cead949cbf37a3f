"""The fault plan: which call goes wrong, how, and that all others go well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.rehearsal.hetzner.faults import matches_path
from tests.unit.rehearsal.client import Caller

ORDER = {"name": "web", "server_type": "cx23", "image": "ubuntu-24.04"}


async def plan(api: Caller, **fault: Any) -> None:
    """Add one fault."""
    reply = await api.call("POST", "/faults", [fault], root="/_sim")
    assert reply.status == 201, reply.raw


@pytest.mark.parametrize(("nth", "times"), [(1, 1), (2, 1), (2, 2), (1, 0), (3, 0)])
async def test_the_nth_call_answers_what_was_planned(api: Caller, nth: int, times: int) -> None:
    """Only calls of the method and path count; 0 times is for ever."""
    await plan(api, method="GET", path="/servers/*", nth=nth, times=times, code="unavailable")
    statuses = []
    for _ in range(5):
        await api.call("GET", "/servers")
        statuses.append((await api.call("GET", "/servers/7")).status)
    last = 5 if times == 0 else nth + times - 1
    assert statuses == [503 if nth <= call <= last else 404 for call in range(1, 6)]


async def test_a_fault_can_ask_for_a_word_in_the_body(api: Caller) -> None:
    """One of several alike requests can be meant."""
    await plan(api, method="POST", path="/servers", body='"b"', code="placement_error")
    assert (await api.call("POST", "/servers", ORDER)).status == 201
    assert await api.refused("POST", "/servers", ORDER | {"name": "b"}) == "placement_error"


async def test_a_proxys_answer_is_plain_text(api: Caller) -> None:
    """Not every answer on the way is the API's own."""
    await plan(api, path="/servers", status=502, json=False, message="Bad Gateway")
    reply = await api.call("GET", "/servers")
    assert (reply.status, reply.raw, reply.headers["content-type"]) == (
        502,
        b"Bad Gateway",
        "text/plain",
    )


async def test_a_type_sells_out_between_the_look_and_the_order(api: Caller) -> None:
    """The listing still shows it; the order is refused; other types are there."""
    await plan(api, path="/server_types", do="sell_out", server_type="cx23", location="fsn1")
    places = (await api.get("/server_types?name=cx23"))["server_types"][0]["locations"]
    assert all(place["available"] for place in places)
    assert await api.refused("POST", "/servers", ORDER) == "resource_unavailable"
    assert (await api.call("POST", "/servers", ORDER | {"server_type": "cx33"})).status == 201


@pytest.mark.parametrize(
    "action", ["poweron", "poweroff", "reboot", "reset", "rebuild", "change_type", "shutdown"]
)
async def test_a_server_is_what_it_was_when_its_action_fails(api: Caller, action: str) -> None:
    """No status of something under way stays, and the next action may come."""
    key = await api.server()
    if action in ("poweron", "change_type"):
        await api.post(f"/servers/{key}/actions/poweroff")
        await api.settle()
    before = (await api.get(f"/servers/{key}"))["server"]
    await plan(api, path=f"/servers/{key}/actions/{action}", do="action_error", code="no_luck")
    bodies = {"rebuild": {"image": "debian-12"},
              "change_type": {"server_type": "cx33", "upgrade_disk": False}}  # fmt: skip
    await api.post(f"/servers/{key}/actions/{action}", bodies.get(action))
    await api.settle()
    assert (await api.get(f"/servers/{key}"))["server"] == before
    assert (await api.call("DELETE", f"/servers/{key}")).status == 200


async def test_what_failed_to_come_is_not_there(api: Caller) -> None:
    """A firewall whose application failed holds for nobody; a record set that failed is gone."""
    key = await api.server()
    wall = (await api.post("/firewalls", {"name": "f"}))["firewall"]["id"]
    zone = (await api.post("/zones", {"name": "example.org", "mode": "primary"}))["zone"]["id"]
    await api.settle()
    await plan(api, method="POST", times=0, do="action_error", code="no_luck")
    to_server = {"apply_to": [{"type": "server", "server": {"id": key}}]}
    await api.post(f"/firewalls/{wall}/actions/apply_to_resources", to_server)
    rrset = {"name": "www", "type": "A", "records": [{"value": "192.0.2.1"}]}
    await api.post(f"/zones/{zone}/rrsets", rrset)
    await api.settle()
    assert (await api.get(f"/firewalls/{wall}"))["firewall"]["applied_to"] == []
    assert (await api.get(f"/servers/{key}"))["server"]["public_net"]["firewalls"] == []
    assert await api.refused("GET", f"/zones/{zone}/rrsets/www/A") == "not_found"
    assert (await api.call("DELETE", f"/firewalls/{wall}")).status == 204


async def test_a_resource_vanishes_behind_ones_back(api: Caller) -> None:
    """After the call it is gone, with what hung on it; its running actions end in error."""
    key = await api.server()
    action = (await api.post(f"/servers/{key}/actions/reboot"))["action"]["id"]
    await plan(api, path="/locations", do="vanish", kind="server", name="web")
    await api.get("/locations")
    assert await api.refused("GET", f"/servers/{key}") == "not_found"
    assert (await api.get(f"/actions/{action}"))["action"]["status"] == "error"
    assert (await api.call("GET", "/inventory", root="/_sim")).json == {}


@pytest.mark.parametrize("kind", ["network", "firewall", "load_balancer", "volume", "primary_ip"])
async def test_every_kind_can_vanish(api: Caller, kind: str) -> None:
    """What is left behind can still be listed and deleted."""
    network = await api.network("x")
    firewall = (await api.post("/firewalls", {"name": "x"}))["firewall"]["id"]
    body = {"name": "x", "type": "ipv4", "location": "fsn1"}
    address = (await api.post("/primary_ips", body))["primary_ip"]["id"]
    await api.settle()
    key = await api.server("s", firewalls=[{"firewall": firewall}], networks=[network],
                           public_net={"ipv4": address})  # fmt: skip
    await api.post("/volumes", {"name": "x", "size": 10, "server": key})
    target = {"type": "server", "server": {"id": key}, "use_private_ip": True}
    await api.balancer("x", network=network, targets=[target])
    gone = {"kind": kind, "name": "x"}
    assert (await api.call("POST", "/vanish", gone, root="/_sim")).json == {"found": True}
    assert (await api.call("POST", "/vanish", gone, root="/_sim")).json == {"found": False}
    for listed in ("servers", "networks", "firewalls", "load_balancers", "volumes",
                   "primary_ips"):  # fmt: skip
        await api.get(f"/{listed}")
    assert (await api.call("DELETE", f"/servers/{key}")).status == 200
    await api.settle()
    assert "server" not in (await api.call("GET", "/inventory", root="/_sim")).json


async def test_settings_change_while_the_cloud_runs(api: Caller) -> None:
    """What is not named stays; what cannot be is refused; faults can be cleared."""
    await plan(api, path="/servers", times=0)
    await api.call("PUT", "/settings", {"scale": 0, "quota": {"network": 0}}, root="/_sim")
    assert (await api.call("GET", "/servers")).status == 503
    await api.call("DELETE", "/faults", root="/_sim")
    assert (await api.call("GET", "/servers")).status == 200
    body = {"name": "n", "ip_range": "10.0.0.0/8"}
    assert await api.refused("POST", "/networks", body) == "resource_limit_exceeded"
    refused: list[tuple[str, str, Any]] = [
        ("PUT", "/settings", {"scale": "fast"}),
        ("PUT", "/settings", {"stock": {"cx99": {"fsn1": "none"}}}),
        ("POST", "/faults", [{"do": "vanish", "kind": "dog"}]),
        ("POST", "/faults", [{"do": "dance"}]),
        ("POST", "/vanish", {"kind": "dog", "name": "x"}),
    ]
    for method, path, body in refused:
        wrong = await api.call(method, path, body, root="/_sim")
        assert wrong.code == "invalid_input"
    assert (await api.call("GET", "/servers")).status == 200


@given(st.lists(st.sampled_from(["a", "b", "7"]), min_size=1, max_size=5), st.data())
def test_a_pattern_made_from_a_path_matches_it(parts: list[str], data: st.DataObject) -> None:
    """Stars stand for one segment each, a final pair for any number."""
    path = "/" + "/".join(parts)
    loose = [data.draw(st.sampled_from([part, "*"])) for part in parts]
    assert matches_path("/" + "/".join(loose), path)
    cut = data.draw(st.integers(0, len(parts)))
    assert matches_path("/" + "/".join([*loose[:cut], "**"]), path)
    assert not matches_path(path + "/c", path)
    assert not matches_path("/".join([*loose[:-1], "c"]), path)
