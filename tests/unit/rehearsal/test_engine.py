"""What happens without questions: the world is told, and everything is saved."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Machine, Settings, Store
from provisioner.rehearsal.hetzner.call import Call
from provisioner.rehearsal.hetzner.engine import Engine
from provisioner.rehearsal.hetzner.resources import server_nets, server_orders, server_power
from provisioner.rehearsal.hetzner.resources.networks import Create as NewNetwork
from provisioner.rehearsal.hetzner.resources.networks import SubnetBody
from provisioner.rehearsal.hetzner.resources.networks import create as create_network


class Heard:
    """Hooks that write down what they hear."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[tuple[str, Machine]] = asyncio.Queue()

    async def server_started(self, machine: Machine) -> None:
        """Hear of a start; a world that fails must not stop the cloud."""
        self.said.put_nowait(("started", machine))
        raise OSError("no room for another machine")

    async def server_changed(self, machine: Machine) -> None:
        """Hear of a change."""
        self.said.put_nowait(("changed", machine))

    async def server_stopped(self, machine: Machine) -> None:
        """Hear of a stop."""
        self.said.put_nowait(("stopped", machine))

    async def server_deleted(self, machine: Machine) -> None:
        """Hear of an end."""
        self.said.put_nowait(("deleted", machine))

    async def next(self) -> tuple[str, Machine]:
        """Return what is heard next."""
        async with asyncio.timeout(90):
            return await self.said.get()


async def test_the_world_is_told_in_order_without_anybody_asking() -> None:
    """A machine starts with its keys and data, gets a private address, stops: each is told once."""
    cloud, hooks = Cloud(Clock(1000, time.time())), Heard()
    engine = Engine(cloud, hooks)
    background = asyncio.create_task(engine.run())
    subnet = SubnetBody("cloud", "eu-central", "10.0.1.0/24")
    create_network(cloud, Call("POST", "", body=NewNetwork("n", "10.0.0.0/16", [subnet])))
    (network,) = cloud.state.networks
    order = server_orders.Create("web", "cx23", "debian-12", user_data="#cloud-config", labels={})
    server_orders.create(cloud, Call("POST", "", body=order))
    (key,) = cloud.state.servers
    engine.wake()
    what, machine = await hooks.next()
    assert (what, machine.ipv4, machine.private_ips) == ("started", "127.77.0.1", ())
    assert (machine.user_data, machine.image) == ("#cloud-config", "debian-12")
    assert [each.name for each in cloud.machines()] == ["web"]
    attach = server_nets.Attach(network, "10.0.1.4")
    server_nets.attach(cloud, Call("POST", "", (str(key),), body=attach))
    engine.wake()
    assert (await hooks.next())[1].private_ips == ("10.0.1.4",)
    off = next(r for r in server_power.ROUTES if r.path.endswith("poweroff"))
    off.handler(cloud, Call("POST", "", (str(key),)))
    engine.wake()
    assert (await hooks.next())[0] == "stopped"
    background.cancel()
    with suppress(asyncio.CancelledError):
        await background


async def test_a_saved_cloud_goes_on_where_it_was(tmp_path: Path) -> None:
    """After a restart, running actions end by the clock, and the file is its owner's alone."""
    store = Store(tmp_path / "cloud.json")
    clock = Clock(speed=0.001, origin=time.time())
    before = Cloud(clock, store=store, settings=Settings(scale=100))
    order = server_orders.Create("web", "cx23", "debian-12")
    server_orders.create(before, Call("POST", "", body=order))
    before.touch()
    await Engine(before).saved()
    assert store.path.stat().st_mode & 0o777 == 0o600

    after = Cloud(clock, store=store)
    assert after.state == before.state
    (server,) = after.state.servers.values()
    assert (server.status, len(after.actions.running)) == ("initializing", 2)
    after.clock = Clock(offset=100_000)
    after.settle()
    assert (server.status, len(after.actions.running)) == ("running", 0)


async def test_what_did_not_change_is_not_written(tmp_path: Path) -> None:
    """A save after a look leaves the file as it is."""
    store = Store(tmp_path / "cloud.json")
    engine = Engine(Cloud(Clock(), store=store))
    engine.cloud.touch()
    await engine.saved()
    first = store.path.stat().st_mtime_ns
    engine.cloud.settle()
    await engine.saved()
    assert store.path.stat().st_mtime_ns == first
