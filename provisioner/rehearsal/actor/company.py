"""Everybody who plays in one cluster, together: who listens to what, and who wakes whom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor.certificates import Certificates
from provisioner.rehearsal.actor.controller import Controller
from provisioner.rehearsal.actor.driver import Driver
from provisioner.rehearsal.actor.issuers import Issuers
from provisioner.rehearsal.actor.kinds import (
    CERT_MANAGER,
    CERTIFICATES,
    CLAIMS,
    DAEMON_SETS,
    DEPLOYMENTS,
    FLUX,
    HELM_CHARTS,
    HELM_RELEASES,
    ISSUERS,
    KUBERNETES,
    KUSTOMIZATIONS,
    NODES,
    PODS,
    REPLICA_SETS,
    SOURCES,
    WORKLOADS,
)
from provisioner.rehearsal.actor.kubelet import Kubelet
from provisioner.rehearsal.actor.kustomizations import Kustomizations
from provisioner.rehearsal.actor.manifests import release_of
from provisioner.rehearsal.actor.nodes import Nodes
from provisioner.rehearsal.actor.readiness import is_ready
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.releases import Releases
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.sources import Sources
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.actor.volumes import Volumes
from provisioner.rehearsal.actor.workloads import Workloads
from provisioner.rehearsal.scenarios.model import NodeFault

CERT_MANAGER_ITSELF = Key("cert-manager", "cert-manager")
"""The Deployment that plays the kinds above, as the kit installs it."""


class Company:
    """The actor of one cluster."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.nodes = Nodes(scene)
        self._recorder = Recorder(scene)
        self._kubelet = Kubelet(scene, self._recorder)
        self.logs = self._kubelet.logs
        self._workloads = {
            resource: Controller(
                scene, resource, Workloads(scene, self._recorder, resource).reconcile
            )
            for resource in WORKLOADS.values()
        }
        self._driver = Driver(scene)
        volumes = Volumes(scene, self._recorder, self._driver)
        self._claims = Controller(scene, CLAIMS, volumes.reconcile)
        releases = Releases(scene, self._recorder)
        self._releases = Controller(scene, HELM_RELEASES, releases.reconcile)
        self._sources = {
            SOURCES[kind]: Controller(
                scene, SOURCES[kind], Sources(scene, self._recorder, kind).reconcile
            )
            for kind in SOURCES
        }
        self._certifying = (
            Controller(scene, ISSUERS, Issuers(scene).reconcile),
            Controller(scene, CERTIFICATES, Certificates(scene).reconcile),
        )
        self._kustomizations = Controller(
            scene, KUSTOMIZATIONS, Kustomizations(scene, self._recorder).reconcile
        )
        self._flux = False
        self._certifies = False

    async def start(self) -> None:
        """Play Kubernetes, from what the API holds now."""
        await self._follow(KUBERNETES)
        for controller in (*self._workloads.values(), self._claims):
            controller.start()
        self._kubelet.start()
        self.scene.store.listen(PODS, self._pod_changed)
        self.scene.store.listen(NODES, self._node_changed)
        self.scene.store.listen(DEPLOYMENTS, self._deployment_changed)

    async def close(self) -> None:
        """Close what those who play hold open."""
        await self._driver.close()

    async def start_flux(self) -> None:
        """Play Flux too, now that its kinds are served."""
        if self._flux:
            return
        self._flux = True
        await self._follow(FLUX)
        for fault in self.scene.script.scenario.controllers:
            self.scene.spawn(self._kill(fault.controller, fault.after))
        for controller in (*self._sources.values(), self._releases, self._kustomizations):
            controller.start()
        for resource in SOURCES.values():
            self.scene.store.listen(resource, self._source_changed)

    async def _certify(self) -> None:
        """Play cert-manager, now that it runs and its kinds are served."""
        await self._follow(CERT_MANAGER)
        for controller in self._certifying:
            controller.start()

    async def node_ready(self, name: str) -> None:
        """Let a node become ready, and stop being so when the script says."""
        await self.nodes.ready(name)
        for fault in self.scene.script.scenario.nodes:
            if name.endswith(fault.node):
                self.scene.spawn(self._lose(name, fault))

    async def _lose(self, name: str, fault: NodeFault) -> None:
        await self.scene.clock.sleep(fault.after)
        await self.nodes.ready(name, up=False, reason=fault.reason, why=fault.message)
        await self._kubelet.lost(name)

    async def _follow(self, resources: Iterable[Resource]) -> None:
        listed = []
        for resource in resources:
            event = asyncio.Event()
            listed.append(event.wait())
            self.scene.spawn(self.scene.store.follow(resource, event))
        await asyncio.gather(*listed)

    async def _kill(self, controller: str, after: float) -> None:
        await self.scene.clock.sleep(after)
        dead = {
            "helm-controller": [self._releases],
            "kustomize-controller": [self._kustomizations],
        }
        for one in dead.get(controller, list(self._sources.values())):
            one.kill()

    def _pod_changed(self, key: Key, before: Object | None, after: Object | None) -> None:
        """Have the workload of a pod counted anew when the pod comes, goes or changes."""
        item = after or before
        if item is None:
            return
        for owner in item["metadata"].get("ownerReferences", ()):
            place = Key(key.namespace, owner["name"])
            if owner["kind"] == "ReplicaSet":
                self._wake_deployment(place)
            elif owner["kind"] in WORKLOADS:
                self._workloads[WORKLOADS[owner["kind"]]].wake(place)

    def _deployment_changed(self, key: Key, _: Object | None, after: Object | None) -> None:
        """Begin to sign certificates once cert-manager is available."""
        if key == CERT_MANAGER_ITSELF and not self._certifies and is_ready(after):
            self._certifies = True
            self.scene.spawn(self._certify())

    def _wake_deployment(self, key: Key) -> None:
        replica_set = self.scene.store.get(REPLICA_SETS, key)
        for owner in (replica_set or {"metadata": {}})["metadata"].get("ownerReferences", ()):
            self._workloads[DEPLOYMENTS].wake(Key(key.namespace, owner["name"]))

    def _node_changed(self, _: Key, before: Object | None, after: Object | None) -> None:
        """Have each DaemonSet counted anew when a node came or went."""
        if before is None or after is None:
            for item in self.scene.store.all(DAEMON_SETS):
                self._workloads[DAEMON_SETS].wake(Key.of(item))

    def _source_changed(self, key: Key, before: Object | None, after: Object | None) -> None:
        """Wake who waits for a source when its artifact is another one."""
        if after is None or _revision(before) == _revision(after):
            return
        if after["kind"] == "HelmChart":
            self._releases.wake(release_of(after))
        for chart in self.scene.store.all(HELM_CHARTS):
            reference = chart["spec"]["sourceRef"]
            if (reference["kind"], reference["name"]) == (after["kind"], key.name):
                self._sources[HELM_CHARTS].wake(Key.of(chart))
        for item in self.scene.store.all(KUSTOMIZATIONS):
            reference = item["spec"]["sourceRef"]
            if (reference["kind"], reference["name"]) == (after["kind"], key.name):
                self._kustomizations.wake(Key.of(item))
        for release in self.scene.store.all(HELM_RELEASES):
            reference = release["spec"].get("chartRef") or {}
            if (reference.get("kind"), reference.get("name")) == (after["kind"], key.name):
                self._releases.wake(Key.of(release))


def _revision(item: Object | None) -> object:
    return (item or {}).get("status", {}).get("artifact", {}).get("revision")
