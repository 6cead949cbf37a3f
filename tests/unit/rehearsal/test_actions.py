"""Actions: they take their time, hold locks, end in order, and survive a sleep."""

from __future__ import annotations

from provisioner.rehearsal.hetzner.catalogue import Catalogue
from tests.unit.rehearsal.client import Caller, fresh

ORDER = {"name": "web", "server_type": "cx23", "image": "ubuntu-24.04"}
LISTED = Catalogue.default().latencies


async def test_a_server_is_created_then_started_in_the_listed_time(api: Caller) -> None:
    """Status, progress and lock follow the clock, and the clock alone."""
    made = await api.post("/servers", ORDER)
    key, create, start = made["server"]["id"], made["action"], made["next_actions"][0]
    assert (create["command"], start["command"]) == ("create_server", "start_server")

    async def look() -> tuple[str, bool, str, int, str]:
        server = (await api.get(f"/servers/{key}"))["server"]
        found = (await api.get(f"/actions?id={create['id']}&id={start['id']}"))["actions"]
        first, second = found
        return (server["status"], server["locked"], first["status"], first["progress"],
                second["status"])  # fmt: skip

    assert await look() == ("initializing", True, "running", 0, "running")
    api.clock.advance(LISTED["create_server"] / 2)
    assert await look() == ("initializing", True, "running", 50, "running")
    api.clock.advance(LISTED["create_server"] / 2)
    assert await look() == ("starting", True, "success", 100, "running")
    api.clock.advance(LISTED["start_server"])
    assert await look() == ("running", False, "success", 100, "success")


async def test_a_cloud_that_slept_has_everything_ended_at_its_own_moment(api: Caller) -> None:
    """The time at which an action ended is when it was due, not when somebody looked."""
    made = await api.post("/servers", ORDER)
    await api.settle(86_400)
    ended = [api.cloud.state.actions[a["id"]].finished for a in
             (made["action"], made["next_actions"][0])]  # fmt: skip
    began = api.clock.moment[0] - 86_400
    first = began + LISTED["create_server"]
    assert ended == [first, first + LISTED["start_server"]]


async def test_latencies_scale_down_to_nothing() -> None:
    """At scale 0 an action is done in the answer that began it; at 2 it takes twice as long."""
    instant = await fresh(scale=0).post("/servers", ORDER)
    assert instant["action"]["status"] == instant["next_actions"][0]["status"] == "success"
    slow = fresh(scale=2)
    made = await slow.post("/servers", ORDER)
    slow.clock.advance(LISTED["create_server"] * 2 - 0.1)
    look = f"/actions/{made['action']['id']}"
    assert (await slow.get(look))["action"]["status"] == "running"
    slow.clock.advance(0.1)
    assert (await slow.get(look))["action"]["status"] == "success"


async def test_a_resource_is_locked_while_an_action_runs_on_it(api: Caller) -> None:
    """Servers answer 423 locked, networks and balancers 409 conflict, until the action ends."""
    server, network, balancer = await api.server(), await api.network(), await api.balancer()
    for path, body, status, code in (
        (f"/servers/{server}/actions/poweroff", None, 423, "locked"),
        (
            f"/networks/{network}/actions/add_subnet",
            {"type": "cloud", "network_zone": "eu-central"},
            409,
            "conflict",
        ),
        (f"/load_balancers/{balancer}/actions/attach_to_network", {"network": network}, 409,
         "conflict"),
    ):  # fmt: skip
        await api.post(path, body)
        again = await api.call("POST", path, body)
        assert (again.status, again.code) == (status, code)
    assert (await api.call("DELETE", f"/servers/{server}")).status == 423
    await api.settle()
    assert (await api.call("DELETE", f"/servers/{server}")).status == 200


async def test_actions_are_listed_by_kind_resource_status_and_id(api: Caller) -> None:
    """Each list holds what belongs to it, sorted as asked; hidden steps are nobody's to see."""
    server, network = await api.server(), await api.network()
    await api.post(f"/servers/{server}/actions/shutdown")
    body = {"type": "cloud", "network_zone": "eu-central"}
    await api.post(f"/networks/{network}/actions/add_subnet", body)
    api.clock.advance(LISTED["shutdown_server"])

    async def commands(path: str) -> list[str]:
        return [action["command"] for action in (await api.get(path))["actions"]]

    own = ["create_server", "start_server", "shutdown_server"]
    assert await commands(f"/servers/{server}/actions") == own
    assert await commands("/servers/actions?sort=id:desc") == own[::-1]
    assert await commands("/networks/actions") == ["add_subnet"]
    assert await commands("/actions?status=running") == ["add_subnet"]
    assert await commands("/actions?sort=command") == sorted([*own, "add_subnet"])
    await api.settle()
    assert (await api.get(f"/servers/{server}"))["server"]["status"] == "off"
    assert len((await api.get("/actions"))["actions"]) == 4


async def test_an_error_takes_what_follows_with_it(api: Caller) -> None:
    """When the creation fails, so does the start, with the same reason."""
    fault = {"method": "POST", "path": "/servers", "do": "action_error", "code": "no_luck",
             "message": "host is on fire"}  # fmt: skip
    await api.call("POST", "/faults", [fault], root="/_sim")
    made = await api.post("/servers", ORDER)
    await api.settle()
    found = await api.get(f"/actions?id={made['action']['id']}&id={made['next_actions'][0]['id']}")
    told = [(a["status"], a["error"]["code"]) for a in found["actions"]]
    assert told == [("error", "no_luck")] * 2
    assert (await api.get(f"/servers/{made['server']['id']}"))["server"]["status"] == "off"


async def test_an_action_can_run_for_ever(api: Caller) -> None:
    """It never ends, holds its lock, and everything that waits for it waits too."""
    await api.call("POST", "/faults", [{"path": "/servers", "do": "action_stuck"}], root="/_sim")
    made = await api.post("/servers", ORDER)
    await api.settle(1_000_000)
    found = (await api.get("/actions?status=running"))["actions"]
    assert [action["command"] for action in found] == ["create_server", "start_server"]
    assert await api.refused("DELETE", f"/servers/{made['server']['id']}") == "locked"
