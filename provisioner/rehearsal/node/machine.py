"""One machine of the rehearsed world, from power on to gone."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import asyncssh

from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.clock import WorldClock
from provisioner.rehearsal.cluster.running import RehearsedCluster
from provisioner.rehearsal.hetzner.hooks import Machine
from provisioner.rehearsal.node.boot import Boot
from provisioner.rehearsal.node.disk import Disk
from provisioner.rehearsal.node.forwarding import Forwarding, Responder
from provisioner.rehearsal.node.shell import HOST_KEY
from provisioner.rehearsal.node.sshd import Sshd
from provisioner.rehearsal.node.userdata import UserData, parse

log = logging.getLogger(__name__)


class SimulatedMachine:
    """A machine with its disk and, while it is on, its SSH server."""

    def __init__(
        self,
        machine: Machine,
        folder: Path,
        cluster: RehearsedCluster,
        responder: Callable[[], Responder],
        clock: WorldClock,
        script: Script,
    ) -> None:
        self.machine = machine
        self.cluster = cluster
        self._folder = folder
        self._disk = Disk(folder / "root")
        self._responder = responder
        self._clock = clock
        self._script = script
        self._sshd: Sshd | None = None
        self._life: asyncio.Task[None] | None = None

    def power_on(self, port: int, *, awake: bool = False) -> None:
        """Let it boot; ``awake`` says that it has been on all the time, while the world was not."""
        if self._life is None or self._life.done():
            self._life = asyncio.ensure_future(self._live(port, awake))
            self._life.add_done_callback(_report)

    async def power_off(self) -> None:
        """Switch it off; its disk stays."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
            self._life = None
        if self._sshd is not None:
            await self._sshd.stop()
            self._sshd = None

    async def remove(self) -> None:
        """Switch it off and forget it."""
        await self.power_off()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _live(self, port: int, awake: bool) -> None:
        told = await asyncio.to_thread(parse, self.machine.user_data)
        forwarding = Forwarding(self.cluster, self._responder())
        boot = Boot(
            self.machine, told, self._disk, self.cluster, forwarding, self._clock, self._script
        )
        if boot.role == "control-plane":
            # The real programs take their own time, which begins with the machine.
            self.cluster.spawn(self.cluster.up())
        latencies = self._script.latencies["node"]
        first = not self._disk.exists(HOST_KEY)
        if first or not awake:
            await self._clock.sleep(latencies["ssh"] if first else latencies["restart"])
        if first:
            await asyncio.to_thread(self._install, told)
        await self._listen(boot.name, forwarding, port)
        if boot.stages.booted:
            await boot.up_again()
        else:
            await boot.run()

    def _install(self, told: UserData) -> None:
        self._disk.install(told.files)
        key = _first_key(told)
        self._disk.write(f"{HOST_KEY}.pub", key.export_public_key())
        self._disk.write(HOST_KEY, key.export_private_key(), 0o600)

    async def _listen(self, name: str, forwarding: Forwarding, port: int) -> None:
        if self.machine.ipv4 is None:
            return
        self._sshd = Sshd(name, self._disk, self.machine.ssh_keys, forwarding)
        await self._sshd.start(self.machine.ipv4, port)


def _first_key(told: UserData) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(told.host_key)
    except asyncssh.KeyImportError:
        return asyncssh.generate_private_key("ssh-ed25519")


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("a machine broke", exc_info=task.exception())
