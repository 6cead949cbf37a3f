"""Plays scheduler and kubelet: each pod fares as the script's lifecycle says."""

from __future__ import annotations

import asyncio

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import counting
from provisioner.rehearsal.actor.kinds import CLAIMS, NODES, PODS, REPLICA_SETS, WORKLOADS
from provisioner.rehearsal.actor.manifests import release_of
from provisioner.rehearsal.actor.podlogs import PodLogs
from provisioner.rehearsal.actor.podstatus import Facts, pod_status, texts, unready
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Gone
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.cluster.api import ApiRefused
from provisioner.rehearsal.scenarios.model import Lifecycle, Step, Workload

MANAGER = "kubelet"
LOOK = 1.0
"""Seconds between two looks for a node or a volume, and after a refusal of the API."""


class Kubelet:
    """Plays every pod, each in a task that ends with it."""

    def __init__(self, scene: Scene, recorder: Recorder) -> None:
        self._scene = scene
        self._recorder = recorder
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.logs = PodLogs(scene.store)

    def start(self) -> None:
        """Begin with the pods that are there."""
        self._scene.store.listen(PODS, self._heard)

    async def lost(self, node: str) -> None:
        """Let the pods of a node that is not ready any more be called unready, and stay so."""
        for pod in self._scene.store.all(PODS):
            if pod["spec"].get("nodeName") == node and counting.pod_ready(pod):
                task = self._tasks.get(_uid(pod))
                if task is not None:
                    task.cancel()
                status = unready(pod, self._scene.now())
                await self._scene.patch(PODS, pod, {"status": status}, MANAGER, "status")

    def _heard(self, key: Key, before: Object | None, after: Object | None) -> None:
        del key
        if before is not None and (after is None or _uid(before) != _uid(after)):
            task = self._tasks.pop(_uid(before), None)
            self.logs.forget(_uid(before))
            if task is not None:
                task.cancel()
        if after is not None and _uid(after) not in self._tasks:
            self._tasks[_uid(after)] = self._scene.spawn(self._live(after))

    async def _live(self, pod: Object) -> None:
        workload, lifecycle = self._plan(pod)
        if lifecycle.again is None and counting.settled(pod):
            return
        while True:
            try:
                if lifecycle.steps[0].scheduled:
                    pod = await self._settle_down(pod)
                await self._play(pod, workload, lifecycle)
            except Gone:
                return
            except ApiRefused:
                await self._scene.clock.sleep(LOOK)
            else:
                return

    async def _settle_down(self, pod: Object) -> Object:
        """Wait for a node and for volumes; returns the pod with its node."""
        while (node := self._node(pod)) is None:
            await self._scene.clock.sleep(LOOK)
        meta = pod["metadata"]
        if "nodeName" not in pod["spec"]:
            await self._scene.api.bind(meta["namespace"], meta["name"], node)
        while not self._claims_bound(pod):
            await self._scene.clock.sleep(LOOK)
        return pod

    async def _play(self, pod: Object, workload: Workload, lifecycle: Lifecycle) -> None:
        index, pause, then = 0, 0.0, self._scene.now()
        while True:
            step = lifecycle.steps[index]
            await self._scene.clock.sleep(pause or _seconds(step, workload))
            facts = self._facts(self._current(pod), workload, then)
            await self._step(pod, step, facts)
            if step.state.get("running", {}).get("startedAt") == "{now}":
                then = facts.now
            index, pause = index + 1, 0.0
            if index == len(lifecycle.steps):
                again = lifecycle.again
                if again is None:
                    return
                index = again.step
                repeats = counting.repeats(self._current(pod))
                pause = min(again.pause * again.factor**repeats, again.most)

    def _current(self, pod: Object) -> Object:
        current = self._scene.store.get(PODS, Key.of(pod))
        if current is None or _uid(current) != _uid(pod):
            raise Gone
        return current

    async def _step(self, pod: Object, step: Step, facts: Facts) -> None:
        for event in step.events:
            told = texts(event.message, facts)
            warning = event.type == "Warning"
            await self._recorder.event(pod, event.reason, told, event.source, warning=warning)
        self.logs.note(_uid(pod), step, facts)
        status = pod_status(self._current(pod), step, facts)
        if await self._scene.patch(PODS, pod, {"status": status}, MANAGER, "status") is None:
            raise Gone

    def _facts(self, pod: Object, workload: Workload, then: str) -> Facts:
        meta, container = pod["metadata"], pod["spec"]["containers"][0]
        name = pod["spec"].get("nodeName", "")
        node = self._scene.get(NODES, "", name) or {}
        addresses = node.get("status", {}).get("addresses") or [{"address": "10.0.1.2"}]
        return Facts(
            pod=meta["name"],
            namespace=meta["namespace"],
            uid=meta["uid"],
            container=container["name"],
            image=container["image"],
            node=name,
            host=addresses[0]["address"],
            nodes=len(self._scene.store.all(NODES)),
            pull=f"{workload.pull:g}",
            now=self._scene.now(),
            then=then,
        )

    def _plan(self, pod: Object) -> tuple[Workload, Lifecycle]:
        owner = self._owner(pod)
        release = release_of(owner) if owner else Key("", "")
        name = owner["metadata"]["name"] if owner else pod["metadata"]["name"]
        ordinal = int(pod["metadata"].get("annotations", {}).get(counting.ORDINAL, "0"))
        workload = self._scene.script.workload(release, name)
        completes = owner is not None and owner["kind"] == "Job"
        lifecycle = self._scene.script.lifecycle(release, workload, ordinal, completes=completes)
        return workload, lifecycle

    def _owner(self, item: Object) -> Object | None:
        """Return the workload at the top of a pod's owners."""
        for reference in item["metadata"].get("ownerReferences", ()):
            resource = (WORKLOADS | {"ReplicaSet": REPLICA_SETS}).get(reference["kind"])
            if resource is None:
                continue
            owner = self._scene.get(resource, item["metadata"]["namespace"], reference["name"])
            if owner is not None:
                return self._owner(owner) or owner
        return None

    def _node(self, pod: Object) -> str | None:
        """Return the node that a pod was made for, else one that is ready."""
        if "nodeName" in pod["spec"]:
            return str(pod["spec"]["nodeName"])
        up = [n["metadata"]["name"] for n in self._scene.store.all(NODES) if counting.is_up(n)]
        return sorted(up)[sum(map(ord, pod["metadata"]["name"])) % len(up)] if up else None

    def _claims_bound(self, pod: Object) -> bool:
        for volume in pod["spec"].get("volumes", ()):
            name = volume.get("persistentVolumeClaim", {}).get("claimName")
            claim = self._scene.get(CLAIMS, pod["metadata"]["namespace"], name) if name else None
            if name and (claim is None or claim.get("status", {}).get("phase") != "Bound"):
                return False
        return True


def _uid(item: Object) -> str:
    return str(item["metadata"]["uid"])


def _seconds(step: Step, workload: Workload) -> float:
    if step.after == "pull":
        return workload.pull
    return workload.start if step.after == "start" else step.after
