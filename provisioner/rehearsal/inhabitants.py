"""The machines and clusters of a world, made and removed as the simulated cloud says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.clock import WorldClock
from provisioner.rehearsal.cluster.pki import Pki
from provisioner.rehearsal.cluster.running import RehearsedCluster
from provisioner.rehearsal.hetzner.hooks import Machine
from provisioner.rehearsal.hosting.repository import Host
from provisioner.rehearsal.node.forwarding import Responder
from provisioner.rehearsal.node.machine import SimulatedMachine
from provisioner.rehearsal.record import WorldFolder

SOVEREIGN = "catalyst.openova.io/sovereign"
"""The label that says to which Sovereign, and so to which cluster, a server belongs."""


class Inhabitants:
    """Everything that lives in a world; the cloud's hooks."""

    def __init__(
        self,
        folder: WorldFolder,
        clock: WorldClock,
        ssh_port: int,
        scenario: str,
        *,
        cloud: str = "",
        acme: Pebble | None = None,
        host: Host | None = None,
    ) -> None:
        self._host = host
        self._cloud = cloud
        self._folder = folder
        self._clock = clock
        self._ssh_port = ssh_port
        self._acme = acme
        self._script = Script(scenarios.load(scenario), host=host)
        self._machines: dict[int, SimulatedMachine] = {}
        self._clusters: dict[str, RehearsedCluster] = {}
        self._responder = Responder()
        self._changing = asyncio.Lock()
        self.tools: Mapping[str, Path] = {}

    @property
    def clusters(self) -> tuple[str, ...]:
        """The Sovereigns that have machines now."""
        return tuple(sorted(self._clusters))

    def cluster_of(self, sovereign: str) -> RehearsedCluster | None:
        """Return the cluster of a Sovereign, if it has machines."""
        return self._clusters.get(sovereign)

    def play(self, scenario: str) -> None:
        """Play another scenario in the clusters that are made from now on."""
        self._script = Script(scenarios.load(scenario), host=self._host)

    async def wake(self, machines: Iterable[Machine]) -> None:
        """Go on with the machines that were on when the world ended."""
        pki = Pki(self._folder.path / "pki")
        await asyncio.to_thread(pki.make)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*pki.server)
        await self._responder.start(context)
        for machine in machines:
            self._machine(machine).power_on(self._ssh_port, awake=True)

    async def sleep(self) -> None:
        """End everything; what is on disks stays."""
        await asyncio.gather(*(machine.power_off() for machine in self._machines.values()))
        await asyncio.gather(*(cluster.stop() for cluster in self._clusters.values()))
        await self._responder.stop()

    async def server_started(self, machine: Machine) -> None:
        """Let a machine boot."""
        self._machine(machine).power_on(self._ssh_port)

    async def server_changed(self, machine: Machine) -> None:
        """Take in a machine's other addresses and labels."""
        known = self._machines.get(machine.id)
        if known is not None:
            known.machine = machine

    async def server_stopped(self, machine: Machine) -> None:
        """Switch a machine off."""
        known = self._machines.get(machine.id)
        if known is not None:
            await known.power_off()

    async def server_deleted(self, machine: Machine) -> None:
        """Forget a machine, and its cluster with the last one."""
        known = self._machines.pop(machine.id, None)
        if known is None:
            return
        await known.remove()
        name = _sovereign(machine)
        if all(other.cluster is not known.cluster for other in self._machines.values()):
            cluster = self._clusters.pop(name, None)
            if cluster is not None:
                await cluster.remove()

    def _machine(self, machine: Machine) -> SimulatedMachine:
        known = self._machines.get(machine.id)
        if known is None:
            known = self._machines[machine.id] = SimulatedMachine(
                machine,
                self._folder.node(machine.id),
                self._cluster(_sovereign(machine)),
                lambda: self._responder,
                self._clock,
                self._script,
            )
        known.machine = machine
        return known

    def _cluster(self, name: str) -> RehearsedCluster:
        known = self._clusters.get(name)
        if known is None:
            folder = self._folder.cluster(name)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = RehearsedCluster(
                folder, self.tools, self._clock, self._script, self._acme, self._cloud
            )
            self._clusters[name] = known
        return known


def _sovereign(machine: Machine) -> str:
    return machine.labels.get(SOVEREIGN, "default")
