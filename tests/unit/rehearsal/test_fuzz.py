"""Any sequence of requests: the cloud never fails, and never contradicts itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.rehearsal.hetzner import Cloud
from provisioner.rehearsal.hetzner.model import State
from tests.unit.rehearsal.client import Caller, fresh
from tests.unit.rehearsal.guesses import Guesser

LONG = 120


@given(st.integers(0, 2**32), st.sampled_from([0.0, 1.0]))
@settings(max_examples=60)
def test_no_sequence_of_requests_breaks_the_cloud(seed: int, scale: float) -> None:
    """Every answer keeps to the schema and below 500; what is saved is all there is."""
    api = fresh(scale=scale, rate_limit=10**9)
    asyncio.run(play(api, Random(seed)))
    for problem in contradictions(api.cloud.state):
        raise AssertionError(problem)
    saved = msgspec.json.encode(api.cloud.state)
    again = Cloud(api.clock, store=Memory(saved))  # type: ignore[arg-type]
    api.clock.advance(100_000)
    for cloud in (api.cloud, again):
        cloud.settle()
    assert msgspec.to_builtins(again.state) == msgspec.to_builtins(api.cloud.state)
    assert not api.cloud.actions.running


class Memory:
    """A store that holds a saved cloud in memory."""

    def __init__(self, saved: bytes) -> None:
        self.saved = saved

    def load(self) -> State:
        """Return what was saved."""
        return msgspec.json.decode(self.saved, type=State)


async def play(api: Caller, random: Random) -> None:
    """Make many requests, and let time pass between them."""
    guesser = Guesser(random, api.cloud.state)
    for _ in range(LONG):
        if random.random() < 0.3:
            api.clock.advance(random.choice([0.1, 2.0, 30.0, 5000.0]))
        method, path, sent = guesser.request()
        reply = await api.call(method, path, sent)
        assert 200 <= reply.status < 500, reply.raw


def contradictions(state: State) -> Iterator[str]:
    """Tell what a state says that cannot be."""
    ips = [address.ip for address in state.primary_ips.values()]
    ips += [balancer.ipv4 for balancer in state.load_balancers.values()]
    if len(set(ips)) < len(ips):
        yield f"an address was rented twice: {ips}"
    for address in state.primary_ips.values():
        server = state.servers.get(address.assignee or 0)
        if address.assignee and (server is None or address.id not in (server.ipv4, server.ipv6)):
            yield f"address {address} is not its server's"
    for server in state.servers.values():
        if server.placement_group and server.placement_group not in state.placement_groups:
            yield f"{server} is in no group"
        if any(net.network not in state.networks for net in server.nets):
            yield f"{server} is in a network that is gone"
    private = [(net.network, net.ip) for server in state.servers.values() for net in server.nets]
    private += [(b.net.network, b.net.ip) for b in state.load_balancers.values() if b.net]
    if len(set(private)) < len(private):
        yield f"a private address was given twice: {private}"
    for wall in state.firewalls.values():
        if any(entry.server and entry.server not in state.servers for entry in wall.applied):
            yield f"{wall} holds for a server that is gone"


@given(st.binary(max_size=60), st.text(max_size=20), st.sampled_from(["GET", "POST", "PUT", "X"]))
def test_no_bytes_break_the_door(raw: bytes, path: str, method: str) -> None:
    """Whatever path and body are sent, the answer is a refusal of ours."""
    api = fresh()
    for target in (f"/{path}", f"/servers/{path}", "/servers"):
        reply = asyncio.run(api.call(method, target.replace("?", ""), raw=raw))
        assert 200 <= reply.status < 500
