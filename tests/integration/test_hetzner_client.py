"""The client on a real connection: what only a wire can do wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from pydantic import SecretStr

from provisioner.errors import HetznerError
from provisioner.hetzner.catalogue import read_catalogue
from provisioner.hetzner.client import ATTEMPTS, Hetzner
from provisioner.hetzner.prices import read_prices
from provisioner.rehearsal.hetzner import Cloud, Fault, Settings, create_app, digest
from provisioner.rehearsal.hetzner.serving import serving
from provisioner.world import World

TOKEN = "t" * 64


@contextmanager
def world(*faults: Fault, **settings: Any) -> Iterator[World]:
    """Serve a simulated project on loopback; its clock runs so fast that pauses cost nothing."""
    fast = World(name="rehearsal", speed=500.0, origin=float(int(time.time())))
    cloud = Cloud(fast.clock, settings=Settings(scale=0, faults=list(faults), **settings))
    with serving(create_app(cloud, {digest(TOKEN): "write"})) as served:
        yield World(name="rehearsal", hetzner=served.endpoint, speed=fast.speed, origin=fast.origin)


def hetzner(at: World, deadline: float = 5.0) -> Hetzner:
    """Return a client with the project's token."""
    return Hetzner(at, SecretStr(TOKEN), deadline=deadline)


async def test_the_catalogue_and_the_prices_come_over_the_wire() -> None:
    """Every struct reads what a real server sends."""
    with world() as at:
        async with hetzner(at) as api:
            catalogue, prices = await asyncio.gather(read_catalogue(api), read_prices(api))
    assert {"fsn1", "nbg1", "hel1"} <= set(catalogue.locations)
    assert {each.name for each in prices.server_types} == set(catalogue.server_types)


async def test_a_call_that_never_answers_ends_at_its_deadline() -> None:
    """A hanging request is given up in time and, being safe to repeat, is repeated."""
    with world(Fault(path="/locations", do="hang")) as at:
        async with hetzner(at, deadline=0.5) as api:
            started = time.monotonic()
            assert await api.list("/locations", "locations")
            assert 0.5 <= time.monotonic() - started < 20
            assert api.requests == 2


@pytest.mark.parametrize("how", ["reset", "half"])
async def test_a_broken_answer_is_asked_for_again(how: Literal["reset", "half"]) -> None:
    """A connection that breaks, before or inside the answer, costs one more request."""
    with world(Fault(path="/locations", do=how)) as at:
        async with hetzner(at) as api:
            assert await api.list("/locations", "locations")
            assert api.requests == 2


async def test_a_broken_order_is_never_sent_twice() -> None:
    """Whether something was created is unknown then, so only a look may tell."""
    with world(Fault(method="POST", path="/networks", do="half")) as at:
        async with hetzner(at) as api:
            body = {"name": "once", "ip_range": "10.0.0.0/16"}
            with pytest.raises(HetznerError) as refused:
                await api.call("POST", "/networks", body=body)
            assert refused.value.code == "hetzner_unreachable"
            assert len(await api.list("/networks", "networks")) <= 1


async def test_a_spent_budget_is_waited_out() -> None:
    """The limit refills with the world's clock; the call that met it comes back with an answer."""
    with world(rate_limit=2, rate_per_second=0.02) as at:
        async with hetzner(at) as api:
            for _ in range(5):
                await api.list("/locations", "locations")
            assert api.requests > 5


async def test_a_closed_port_is_told_in_words() -> None:
    """Nobody there: a bounded number of tries, then a sentence that names the endpoint."""
    with world() as at:
        pass
    async with hetzner(at) as api:
        with pytest.raises(HetznerError) as refused:
            await api.get("/locations")
        assert api.requests == ATTEMPTS
    assert refused.value.code == "hetzner_unreachable"
    assert refused.value.facts["endpoint"] == at.hetzner


async def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller's proxy settings never keep a rehearsal from its own cloud."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with world() as at:
        async with hetzner(at) as api:
            assert await api.list("/locations", "locations")
            assert api.requests == 1


async def test_a_cancelled_call_ends_at_once() -> None:
    """Whoever stops waiting is not kept by a server that hangs."""
    with world(Fault(path="/locations", do="hang", times=0)) as at:
        async with hetzner(at, deadline=30) as api:
            call = asyncio.create_task(api.get("/locations"))
            await asyncio.sleep(0.2)
            call.cancel()
            started = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert time.monotonic() - started < 10
