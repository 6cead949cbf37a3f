"""A node's first boot, stage by stage, as the module's scripts go through it."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from provisioner.errors import RehearsalError
from provisioner.rehearsal.actor.nodes import NodePlan
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.clock import WorldClock
from provisioner.rehearsal.cluster.api import ApiRefused
from provisioner.rehearsal.cluster.running import RehearsedCluster
from provisioner.rehearsal.hetzner.hooks import Machine
from provisioner.rehearsal.node.disk import Disk
from provisioner.rehearsal.node.forwarding import Forwarding
from provisioner.rehearsal.node.stages import StageFile
from provisioner.rehearsal.node.userdata import UserData

KUBECONFIG = "/etc/rancher/k3s/k3s.yaml"
STORAGE = "/var/lib/catalyst/manifests/storage.yaml"
"""The HelmChart of the storage driver, on control planes of which there are several."""
CONTROL_PLANE = "control-plane"
RETRY = 2.0
"""Seconds between two tries, as in the scripts."""
STAGES = {
    CONTROL_PLANE: ("network", "download", "k3s", "cilium", "flux", "ready"),
    "worker": ("network", "download", "k3s", "ready"),
}
"""The stages of each role, for machines whose user data names none."""


class Boot:
    """The first boot of one machine."""

    def __init__(
        self,
        machine: Machine,
        told: UserData,
        disk: Disk,
        cluster: RehearsedCluster,
        forwarding: Forwarding,
        clock: WorldClock,
        script: Script,
    ) -> None:
        self._machine = machine
        self._told = told
        self._disk = disk
        self._cluster = cluster
        self._forwarding = forwarding
        self._clock = clock
        self._script = script
        self.role = told.environment.get("ROLE") or _role(machine)
        named = tuple(told.environment.get("STAGES", "").split())
        self.stages = StageFile(disk, clock, named or STAGES[self.role])

    @property
    def name(self) -> str:
        """The node's name in its cluster."""
        return self._told.environment.get("NODE_NAME") or self._machine.name

    async def run(self) -> None:
        """Go through the stages from the one that was reached; returns when the boot is over."""
        begun = self.stages.stages.index(self.stages.begun())
        if "k3s" in self.stages.stages[:begun]:
            await self.up_again()
        for stage in self.stages.stages[begun:]:
            self.stages.enter(stage)
            fault = next((f for f in self._script.scenario.boot if f.stage == stage), None)
            if fault is not None:
                self.stages.fail(stage, fault.lines)
                return
            try:
                await self._stage(stage)
            except RehearsalError as broken:
                self.stages.fail(stage, (str(broken),))
                return
        self.stages.finish()

    async def up_again(self) -> None:
        """Serve the cluster after a restart of a machine that was installed before."""
        await self._cluster.up()
        self._forwarding.serves_api = self.role == CONTROL_PLANE

    async def _stage(self, stage: str) -> None:
        seconds = self._script.latencies["node"]["stages"].get(stage, 0.0)
        await self._clock.sleep(seconds)
        work = {"k3s": self._k3s, "cilium": self._cilium, "flux": self._cluster.install_flux}
        if stage in ("k3s", "cilium", "flux") and stage in work:
            while True:
                try:
                    await work[stage]()
                except ApiRefused as refusal:
                    self.stages.say(f"waiting for the Kubernetes API: {refusal.status}")
                    await self._clock.sleep(RETRY)
                else:
                    return

    async def _k3s(self) -> None:
        await self._cluster.join(self._plan())
        if self.role == CONTROL_PLANE:
            if "local-storage" not in (self._told.k3s.get("disable") or ()):
                await self._cluster.install_local_storage()
            config = self._cluster.control_plane.kubeconfig()
            self._disk.write(KUBECONFIG, config.encode(), 0o600)
            self._forwarding.serves_api = True
        if "cilium" not in self.stages.stages:
            # A worker's script is done before its pod network is: that comes from the cluster.
            self._cluster.spawn(self._worker_network())

    async def _worker_network(self) -> None:
        while True:
            try:
                await self._cilium()
            except ApiRefused:
                await self._clock.sleep(RETRY)
            else:
                return

    async def _cilium(self) -> None:
        await self._cluster.install_network(self.name)
        if self.role == CONTROL_PLANE and self._disk.exists(STORAGE):
            chart = YAML(typ="safe", pure=True).load(self._disk.read(STORAGE))
            await self._cluster.install_storage_driver(chart)

    def _plan(self) -> NodePlan:
        private = self._machine.private_ips
        return NodePlan(
            name=self.name,
            address=private[0] if private else self._machine.ipv4 or "10.0.1.2",
            role=self.role,
            labels=dict(label.split("=", 1) for label in self._told.k3s.get("node-label") or ()),
            taints=tuple(_taint(text) for text in self._told.k3s.get("node-taint") or ()),
            version=self._version(),
        )

    def _version(self) -> str:
        """Return the k3s version that the node was told to download."""
        told: Any = self._told.environment.get("K3S_URL", "")
        return str(told).rpartition("/")[2].replace("%2B", "+") or "v1.36.3+k3s1"


def _role(machine: Machine) -> str:
    told = next((v for k, v in machine.labels.items() if k.endswith("/role")), CONTROL_PLANE)
    return told if told in STAGES else CONTROL_PLANE


def _taint(text: str) -> dict[str, str]:
    told, _, effect = text.rpartition(":")
    key, _, value = told.partition("=")
    return {"key": key, "value": value, "effect": effect}
