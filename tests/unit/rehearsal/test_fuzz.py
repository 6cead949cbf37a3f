"""Any sequence of requests: the cloud never fails, and never contradicts itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.rehearsal.hetzner import Cloud
from provisioner.rehearsal.hetzner.http import Seen
from provisioner.rehearsal.hetzner.inventory import KINDS
from provisioner.rehearsal.hetzner.model import State
from provisioner.rehearsal.hetzner.registry import ROUTES
from provisioner.rehearsal.hetzner.store import Store
from tests.hetzner_schema import PROMISES, check
from tests.unit.rehearsal.client import Caller, fresh
from tests.unit.rehearsal.guesses import Guesser

LONG = 250
SEEDS = 60
DEDICATED = ["203.0.113.0/24"]
FEW = {"load_balancer": 2, "zone": 2, "network": 2, "volume": 3, "server": 6, "firewall": 3}
"""A small project, so that there is much to change in each of its resources."""


@given(st.integers(0, 2**32), st.sampled_from([0.0, 1.0]))
@settings(max_examples=30)
def test_no_sequence_of_requests_breaks_the_cloud(seed: int, scale: float) -> None:
    """Every answer keeps to the schema and below 500; what is saved is all there is."""
    api = fresh(scale=scale, rate_limit=10**9, dedicated_ips=DEDICATED)
    asyncio.run(play(api, Random(seed)))
    for problem in contradictions(api.cloud.state):
        raise AssertionError(problem)
    saved = msgspec.json.encode(api.cloud.state)
    again = Cloud(api.clock, store=Memory(saved))
    api.clock.advance(100_000)
    for cloud in (api.cloud, again):
        cloud.settle()
    assert msgspec.to_builtins(again.state) == msgspec.to_builtins(api.cloud.state)
    assert not api.cloud.actions.running


def test_every_route_is_played_and_answers_well_at_times() -> None:
    """What is played at random is no tour of refusals: each route of the registry also succeeds."""
    well: set[str] = set()

    def look(seen: Seen) -> None:
        check(seen, closed=False)
        if seen.status < 400:
            well.add(f"{seen.method} {seen.route}")

    for seed in range(SEEDS):
        api = fresh(look, scale=seed % 2, rate_limit=10**9, quota=FEW, dedicated_ips=DEDICATED)
        asyncio.run(play(api, Random(seed)))
    routes = {f"{route.method} {route.path}" for route in ROUTES}
    assert routes == set(PROMISES)
    assert routes - well == {"GET /datacenters", "GET /datacenters/{}"}


class Memory(Store):
    """A store that holds a saved cloud in memory."""

    def __init__(self, saved: bytes) -> None:
        super().__init__(Path("nowhere"))
        self.saved = saved

    def load(self) -> State:
        """Return what was saved."""
        return msgspec.json.decode(self.saved, type=State)

    def save(self, snapshot: bytes) -> None:
        """Hold another one."""
        self.saved = snapshot


@given(st.integers(0, 2**32), st.sampled_from([0.0, 1.0]))
@settings(max_examples=20)
def test_no_fault_lets_the_cloud_contradict_itself(seed: int, scale: float) -> None:
    """Actions fail or never end, things sell out or vanish: what is left still makes sense."""
    api = fresh(scale=scale, rate_limit=10**9)
    asyncio.run(play(api, Random(seed), trouble=0.2))
    api.clock.advance(100_000)
    api.cloud.settle()
    assert all(action.ends is None or action.after for action in api.cloud.actions.running.values())
    for problem in contradictions(api.cloud.state):
        raise AssertionError(problem)


async def upset(api: Caller, random: Random) -> None:
    """Plan something that goes wrong with one of the next calls."""
    kind = random.choice(KINDS)
    names = [each.name for each in getattr(api.cloud.state, f"{kind}s").values()] or ["none"]
    fault = random.choice(
        [
            {"do": "action_error", "method": "POST"},
            {"do": "action_error", "method": "DELETE"},
            {"do": "action_stuck", "method": "POST"},
            {"do": "sell_out", "server_type": "cx23"},
            {"do": "vanish", "kind": kind, "name": random.choice(names)},
        ]
    )
    reply = await api.call("POST", "/faults", [fault], root="/_sim")
    assert reply.status == 201, reply.raw


async def play(api: Caller, random: Random, trouble: float = 0) -> None:
    """Make many requests, let time pass between them, and trouble come now and then."""
    guesser = Guesser(random, api.cloud.state)
    for _ in range(LONG):
        if random.random() < 0.5:
            api.clock.advance(random.choice([0.1, 2.0, 30.0, 5000.0]))
        if random.random() < trouble:
            await upset(api, random)
        method, path, sent = guesser.request()
        reply = await api.call(method, path, sent)
        assert 200 <= reply.status < 500, reply.raw


def contradictions(state: State) -> Iterator[str]:
    """Tell what a state says that cannot be."""
    for address in state.primary_ips.values():
        server = state.servers.get(address.assignee or 0)
        if address.assignee and (server is None or address.id not in (server.ipv4, server.ipv6)):
            yield f"address {address} is not its server's"
    for server in state.servers.values():
        if server.placement_group and server.placement_group not in state.placement_groups:
            yield f"{server} is in no group"
        if any(net.network not in state.networks for net in server.nets):
            yield f"{server} is in a network that is gone"
    for holder, servers in named_servers(state):
        if not set(servers) <= set(state.servers):
            yield f"{holder} knows a server that is gone"
    for what, found in lists_without_twins(state):
        if len(set(found)) < len(found):
            yield f"{what} twice: {found}"


def named_servers(state: State) -> Iterator[tuple[object, list[int]]]:
    """Return everything that names servers, and those that it names."""
    for volume in state.volumes.values():
        yield volume, [volume.server] if volume.server else []
    for address in state.floating_ips.values():
        yield address, [address.server] if address.server else []
    for wall in state.firewalls.values():
        yield wall, [entry.server for entry in wall.applied if entry.server]
        yield wall, [key for entry in wall.applied for key in entry.matched]
    for balancer in state.load_balancers.values():
        yield balancer, [entry.server for entry in balancer.targets if entry.server]
        yield balancer, [key for entry in balancer.targets for key in entry.matched]


def lists_without_twins(state: State) -> Iterator[tuple[str, list[Any]]]:
    """Return what must not be there twice, and what it would mean."""
    public = [address.ip for address in state.primary_ips.values()]
    public += [address.ip for address in state.floating_ips.values()]
    yield "rented", public + [balancer.ipv4 for balancer in state.load_balancers.values()]
    nets = [(net, server.id) for server in state.servers.values() for net in server.nets]
    attached = [(b.net.network, b.net.ip) for b in state.load_balancers.values() if b.net]
    yield "a private address", [(net.network, net.ip) for net, _ in nets] + attached
    yield "attached", [(net.network, server) for net, server in nets]
    for wall in state.firewalls.values():
        yield f"{wall.name} applied", [(entry.server, entry.selector) for entry in wall.applied]
    for balancer in state.load_balancers.values():
        yield "a target", [(t.server, t.selector, t.ip) for t in balancer.targets]
        yield "a port", [service["listen_port"] for service in balancer.services]


@given(st.binary(max_size=60), st.text(max_size=20), st.sampled_from(["GET", "POST", "PUT", "X"]))
def test_no_bytes_break_the_door(raw: bytes, path: str, method: str) -> None:
    """Whatever path and body are sent, the answer is a refusal of ours."""
    api = fresh()
    for target in (f"/{path}", f"/servers/{path}", "/servers"):
        reply = asyncio.run(api.call(method, target.replace("?", ""), raw=raw))
        assert 200 <= reply.status < 500
