"""The world as a process: it serves the cloud, lets machines live, and ends by itself."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec

from provisioner import lock
from provisioner.errors import GitError, RehearsalError
from provisioner.home import Home
from provisioner.process import Identity
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.clock import WorldClock
from provisioner.rehearsal.control import Switchboard
from provisioner.rehearsal.domain.district import District, Ports
from provisioner.rehearsal.domain.dynadot import create_dynadot
from provisioner.rehearsal.domain.hosted import furnish, hosted
from provisioner.rehearsal.hetzner.app import create_app
from provisioner.rehearsal.hetzner.cloud import Cloud
from provisioner.rehearsal.hetzner.gate import Access
from provisioner.rehearsal.hetzner.serving import listen, serve
from provisioner.rehearsal.hetzner.store import Store
from provisioner.rehearsal.hosting.repository import Host
from provisioner.rehearsal.inhabitants import SOVEREIGN, Inhabitants
from provisioner.rehearsal.ports import reserve
from provisioner.rehearsal.record import Order, Record, Standing, WorldFolder
from provisioner.rehearsal.scenarios import DEFAULT, load

IDLE = 600.0
"""Real seconds without a request and without a run after which a world ends."""
ACME = "pebble"
"""The program that signs the world's certificates."""
LOOK = 1.0
"""Real seconds between two looks at whether it is still wanted."""

log = logging.getLogger(__name__)


class LivingWorld:
    """One world, while its process lives."""

    def __init__(self, home: Home, *, idle: float = IDLE) -> None:
        self._home = home
        self._idle = idle
        self._folder = WorldFolder.of(home)
        self.record: Record = self._folder.load()
        if not self.record.origin:
            self.record.origin = time.time()
        known = self.record
        self._clock = WorldClock(known.speed, known.origin, known.offset)
        self._tokens: dict[str, Access] = dict.fromkeys(known.tokens, "write")
        self._ended = asyncio.Event()
        self._cloud: Cloud | None = None
        self._inhabitants: Inhabitants | None = None
        self._accounts = set(known.accounts)
        self._host = Host(self._folder.git)
        self._host.accounts |= set(known.readers)
        self._commit = ""
        self._district: District | None = None
        self._acme = Pebble(self._folder.names / "acme")

    async def live(self) -> None:
        """Serve until nobody needs this world any more."""
        record = self.record
        listener = _listen(record.api_port)
        keepers = [reserve(port) for port in (record.ssh_port, record.http_port, record.https_port)]
        record.api_port = listener.getsockname()[1]
        ports = [int(keeper.getsockname()[1]) for keeper in keepers]
        record.ssh_port, record.http_port, record.https_port = ports
        self._cloud = cloud = Cloud(self._clock, store=Store(self._folder.cloud))
        furnish(cloud)
        if not cloud.state.settings.faults:
            self._misbehave(record.scenario)
        await self._host_kit()
        inhabitants = Inhabitants(
            self._folder,
            self._clock,
            record.ssh_port,
            record.scenario,
            cloud=f"http://127.0.0.1:{record.api_port}/v1",
            acme=self._acme,
            host=self._host,
        )
        inhabitants.tools = _paths(record.tools)
        self._inhabitants = inhabitants
        self._district = district = District(
            self._folder.names, inhabitants.cluster_of, partial(hosted, cloud)
        )
        wanted = Ports(record.dns_port, record.http_port, record.https_port)
        try:
            async with district.living(wanted, lambda: _balancers(cloud)) as record.dns_port:
                with suppress(RehearsalError):
                    # Whoever gives the next order tries again, and is told.
                    await self._certify(inhabitants.tools)
                await self._serve(cloud, inhabitants, listener)
        finally:
            await self._acme.stop()
            for keeper in keepers:
                keeper.close()

    async def _serve(self, cloud: Cloud, inhabitants: Inhabitants, listener: socket.socket) -> None:
        board = Switchboard(
            self,
            create_app(cloud, self._tokens, hooks=inhabitants),
            create_dynadot(self._living_names.registrar, self._accounts),
            self._host,
        )
        serving = asyncio.ensure_future(serve(board, listener))
        try:
            await inhabitants.wake(cloud.machines())
            self.record.process = Identity.mine()
            await self._save()
            await self._until_unwanted(board)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await inhabitants.sleep()

    async def _certify(self, tools: Mapping[str, Path]) -> None:
        """Let there be somebody who signs certificates, as soon as the program for it is there."""
        if (program := tools.get(ACME)) is not None:
            record = self.record
            await self._acme.start(program, dns_port=record.dns_port, http_port=record.http_port)

    async def _host_kit(self) -> None:
        try:
            await self._host.open()
            self._commit = await self._host.newest()
        except GitError as error:
            # Who takes the kit from this release needs no repository.
            log.warning("no repository is served: %s", error)

    def end(self, why: str) -> None:
        """End the world soon; it can be started again."""
        log.info("the world ends: %s", why)
        self._ended.set()

    def standing(self) -> Standing:
        """Return how the world stands."""
        return Standing(
            speed=self._clock.speed,
            origin=self._clock.origin,
            offset=self._clock.offset,
            scenario=self.record.scenario,
            ssh_port=self.record.ssh_port,
            dns_port=self.record.dns_port,
            http_port=self.record.http_port,
            https_port=self.record.https_port,
            authorities=self._acme.roots,
            clusters=self._living_here.clusters,
            commit=self._commit,
        )

    async def obey(self, order: Order) -> None:
        """Do what a command asks, and remember it; raises RehearsalError."""
        here = self._living_here
        wanted = order.scenario or (self.record.scenario if here.clusters else DEFAULT)
        if wanted != self.record.scenario:
            load(wanted)
            if here.clusters:
                facts = {"playing": self.record.scenario, "asked": wanted}
                raise RehearsalError("world_other_scenario", **facts)
            here.play(wanted)
            self._misbehave(wanted)
            self.record.scenario = wanted
        if order.speed is not None and order.speed != self._clock.speed:
            self._clock.change(order.speed)
        self._tokens[order.token] = "write"
        self.record.tokens = tuple(self._tokens)
        self._accounts |= {order.account} - {""}
        self.record.accounts = tuple(sorted(self._accounts))
        self._host.accounts |= {order.reader} - {""}
        self.record.readers = tuple(sorted(self._host.accounts))
        self.record.tools = self.record.tools | order.tools
        here.tools = _paths(self.record.tools)
        await self._certify(here.tools)
        await self._save()

    def _misbehave(self, scenario: str) -> None:
        """Have the cloud go wrong as a scenario says; what it had sold out is there again."""
        assert self._cloud is not None, "it is there before anything is asked of it"  # noqa: S101
        settings = self._cloud.state.settings
        settings.stock.clear()
        settings.faults = [msgspec.structs.replace(each) for each in load(scenario).cloud]
        self._cloud.touch()

    @property
    def _living_here(self) -> Inhabitants:
        assert self._inhabitants is not None, "orders come only while it lives"  # noqa: S101
        return self._inhabitants

    @property
    def _living_names(self) -> District:
        assert self._district is not None, "asked only while it lives"  # noqa: S101
        return self._district

    async def _save(self) -> None:
        clock = self._clock
        self.record.speed, self.record.origin = clock.speed, clock.origin
        self.record.offset = clock.offset
        await asyncio.to_thread(self._folder.save, self.record)

    async def _until_unwanted(self, board: Switchboard) -> None:
        mark = await asyncio.to_thread(os.stat, self._folder.path)
        while not self._ended.is_set():
            try:
                async with asyncio.timeout(LOOK):
                    await self._ended.wait()
            except TimeoutError:
                if not await asyncio.to_thread(_still, self._folder.record, mark.st_ino):
                    self.end("its home is gone")
                elif time.monotonic() - board.last_request > self._idle:
                    await self._look_for_runs()

    async def _look_for_runs(self) -> None:
        folders = await asyncio.to_thread(self._home.rehearsal.sovereigns)
        for folder in folders:
            if await asyncio.to_thread(lock.holder, folder.lock) is not None:
                return
        self.end("nobody has asked for anything")


def _still(record: Path, folder: int) -> bool:
    try:
        return record.is_file() and record.parent.stat().st_ino == folder
    except OSError:
        return False


def _balancers(cloud: Cloud) -> dict[str, str]:
    """Return the address of each Sovereign's load balancer."""
    held = cloud.state.load_balancers.values()
    return {each.labels[SOVEREIGN]: each.ipv4 for each in held if SOVEREIGN in each.labels}


def _listen(wanted: int) -> socket.socket:
    try:
        return listen(wanted)
    except OSError:
        return listen()


def _paths(tools: Mapping[str, str]) -> dict[str, Path]:
    return {name: Path(path) for name, path in tools.items()}
