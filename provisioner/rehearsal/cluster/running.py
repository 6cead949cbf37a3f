"""One rehearsed cluster, alive: its programs, the actor in it, and what its nodes do to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import secrets
from provisioner.rehearsal.actor.company import Company
from provisioner.rehearsal.actor.counting import pod_ready
from provisioner.rehearsal.actor.driver import RELEASE
from provisioner.rehearsal.actor.helm import Helm
from provisioner.rehearsal.actor.kinds import (
    CHARTS,
    DAEMON_SETS,
    DEPLOYMENTS,
    HELM_RELEASES,
    PODS,
    SERVICES,
)
from provisioner.rehearsal.actor.nodes import NodePlan
from provisioner.rehearsal.actor.readiness import is_ready
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.certificates.pairs import Pair
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.clock import WorldClock
from provisioner.rehearsal.cluster import manifests
from provisioner.rehearsal.cluster.api import ApiRefused, HttpApi
from provisioner.rehearsal.cluster.control_plane import ControlPlane

CILIUM = Key("kube-system", "cilium")
ENTRANCE = Key("catalyst-platform", "entrance")
"""The Secret with the certificate of the Gateway, as the kit names both."""
LOOK = 1.0
"""Seconds of the world between two looks at what is waited for."""

log = logging.getLogger(__name__)


class RehearsedCluster:
    """A cluster that nodes join."""

    def __init__(
        self,
        folder: Path,
        tools: Mapping[str, Path],
        clock: WorldClock,
        script: Script,
        acme: Pebble | None = None,
        cloud: str = "",
    ) -> None:
        self.control_plane = ControlPlane(folder, tools)
        self._tools = tools
        self._clock = clock
        self._script = script
        self._acme = acme
        self._cloud = cloud
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting: asyncio.Task[None] | None = None
        self._installing = asyncio.Lock()
        self._api: HttpApi | None = None
        self._company: Company | None = None

    @property
    def company(self) -> Company:
        """The actor; only once the cluster is up."""
        if self._company is None:
            raise ApiRefused(0, "the cluster is not up")
        return self._company

    async def up(self) -> None:
        """Start the cluster, or wait until whoever does has started it."""
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
        await asyncio.shield(self._starting)

    async def _start(self) -> None:
        await self.control_plane.start()
        self._api = self.control_plane.api()
        await self._apply("k3s.yaml")
        scene = Scene(self._api, self._clock, self._script, self.spawn, self._acme, self._cloud)
        company = Company(scene)
        await company.start()
        self._company = company
        self.control_plane.kubelets.logs = company.logs
        if await self._flux_is_there():
            await company.start_flux()

    async def _apply(self, name: str) -> None:
        text = (files(__package__) / name).read_text("utf-8")
        await manifests.apply_text(self._the_api, text)

    async def _flux_is_there(self) -> bool:
        try:
            await self._the_api.list(HELM_RELEASES)
        except ApiRefused:
            return False
        return True

    @property
    def _the_api(self) -> HttpApi:
        if self._api is None:
            raise ApiRefused(0, "the cluster is not up")
        return self._api

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that ends with the cluster; what goes wrong in it is logged."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a part of the actor broke", exc_info=task.exception())

    async def join(self, plan: NodePlan) -> None:
        """Let a node join."""
        await self.up()
        await self.company.nodes.register(plan)

    async def install_network(self, node: str) -> None:
        """Install the pod network, unless it is there, and wait until it serves this node."""
        scene = self.company.scene
        async with self._installing:
            if scene.get(DAEMON_SETS, *CILIUM) is None:
                await manifests.apply_gateway_api(self._the_api, self._tools["gateway-api"])
                await self._the_api.apply(CHARTS, _cilium_chart(), manifests.MANAGER)
                await Helm(scene).put(CILIUM, CILIUM.namespace, {}, by_flux=False)
        while not self._serves(node):
            await self._clock.sleep(LOOK)
        await self.company.node_ready(node)

    async def install_local_storage(self) -> None:
        """Keep volumes on the nodes' own disks, as k3s does unless it is told otherwise."""
        await self._apply("local-path.yaml")

    async def install_storage_driver(self, chart: Object) -> None:
        """Install the driver that rents volumes, as a HelmChart of k3s says, unless it is there."""
        scene = self.company.scene
        async with self._installing:
            if scene.get(CHARTS, *RELEASE) is None:
                await scene.apply(CHARTS, chart, manifests.MANAGER)
                await Helm(scene).put(RELEASE, RELEASE.namespace, {}, by_flux=False)

    def _serves(self, node: str) -> bool:
        scene = self.company.scene
        daemon_set = scene.get(DAEMON_SETS, *CILIUM)
        pods = scene.store.owned(PODS, daemon_set) if daemon_set else []
        return any(pod["spec"].get("nodeName") == node and pod_ready(pod) for pod in pods)

    async def install_flux(self) -> None:
        """Install Flux, unless it is there, and wait until its controllers are available."""
        async with self._installing:
            await manifests.apply_flux(self._the_api, self._tools["flux"])
            await self.company.start_flux()
        for interruption in self._script.scenario.api:
            self.spawn(self._interrupt(interruption.after, interruption.seconds))
        while not self._flux_available():
            await self._clock.sleep(LOOK)

    def _flux_available(self) -> bool:
        names = (f"{name}-controller" for name in manifests.CONTROLLERS)
        place = manifests.FLUX_NAMESPACE
        return all(is_ready(self.company.scene.get(DEPLOYMENTS, place, name)) for name in names)

    async def _interrupt(self, after: float, seconds: float) -> None:
        await self._clock.sleep(after)
        await self.control_plane.interrupt()
        await self._clock.sleep(seconds)
        await self.control_plane.start()

    def service(self, address: str, port: int) -> bool | None:
        """Return whether a Service answers: None if none has this address and port.

        The second question is whether a pod behind it is ready.
        """
        if self._company is None:
            return None
        for item in self._company.scene.store.all(SERVICES):
            ports = item["spec"].get("ports", ())
            if item["spec"].get("clusterIP") == address and any(p["port"] == port for p in ports):
                return self._behind(item)
        return None

    def serves(self, namespace: str, name: str) -> bool:
        """Return whether a pod behind a Service is ready."""
        if self._company is None:
            return False
        item = self._company.scene.get(SERVICES, namespace, name)
        return item is not None and self._behind(item)

    def certificate(self) -> Pair | None:
        """Return what the Gateway shows: the Secret that the kit's Certificate fills."""
        return None if self._company is None else secrets.pair(self._company.scene, *ENTRANCE)

    def challenge(self, token: str) -> str | None:
        """Return what the Gateway answers to a challenge, while one is to be proved."""
        return None if self._company is None else self._company.scene.solving.get(token)

    def speaks_tls(self, address: str, port: int) -> bool:
        """Return whether a Service's port is said to speak TLS."""
        return any(
            entry["port"] == port and entry.get("appProtocol") == "https"
            for item in self.company.scene.store.all(SERVICES)
            if item["spec"].get("clusterIP") == address
            for entry in item["spec"].get("ports", ())
        )

    def _behind(self, service: Object) -> bool:
        wanted = service["spec"].get("selector", {}).items()
        return any(
            pod_ready(pod) and wanted <= pod["metadata"].get("labels", {}).items()
            for pod in self.company.scene.store.all(PODS)
            if pod["metadata"]["namespace"] == service["metadata"]["namespace"]
        )

    async def stop(self) -> None:
        """End the cluster; its data stays."""
        tasks = [*self._tasks, *([self._starting] if self._starting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._company is not None:
            await self._company.close()
        if self._api is not None:
            await self._api.close()
        await self.control_plane.stop()

    async def remove(self) -> None:
        """End the cluster and forget it."""
        await self.stop()
        await self.control_plane.remove()


def _cilium_chart() -> Object:
    return {
        "apiVersion": "helm.cattle.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": CILIUM.name, "namespace": CILIUM.namespace},
        "spec": {"bootstrap": True, "chart": "cilium", "targetNamespace": CILIUM.namespace},
    }
