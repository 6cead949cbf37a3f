"""Plays kube-controller-manager: workloads make pods, and count them."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor import counting
from provisioner.rehearsal.actor.kinds import (
    CLAIMS,
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
)
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.store import Key

MANAGER = "kube-controller-manager"
_OWNED = {DEPLOYMENTS: (REPLICA_SETS,), REPLICA_SETS: (PODS,)}


class Workloads:
    """Keeps the pods and the status of one kind of workload."""

    def __init__(self, scene: Scene, recorder: Recorder, resource: Resource) -> None:
        self._scene = scene
        self._recorder = recorder
        self._resource = resource
        self._since: dict[str, float] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Bring one workload forward."""
        item = self._scene.store.get(self._resource, key)
        if item is None:
            await self._collect(key)
            return None
        if self._resource == DEPLOYMENTS:
            return await self._deployment(item)
        await self._pods(item, item)
        await self._count(item, self._scene.store.owned(PODS, item))
        return None

    async def _deployment(self, item: Object) -> float | None:
        current = await self._replica_set(item)
        for old in self._scene.store.owned(REPLICA_SETS, item):
            if old["metadata"]["uid"] != current["metadata"]["uid"]:
                await self._remove(old)
        await self._pods(item, current)
        pods = self._scene.store.owned(PODS, current)
        await self._write(REPLICA_SETS, current, counting.replica_set(current, pods))
        elapsed = self._elapsed(item)
        limit = self._scene.script.latencies["kube"]["progress_deadline"]
        late = elapsed > limit
        await self._write(
            DEPLOYMENTS,
            item,
            counting.deployment(item, current, pods, self._scene.now(), late=late),
        )
        return None if late or counting.ready(pods) else limit - elapsed + 1

    def _elapsed(self, item: Object) -> float:
        which = f"{item['metadata']['uid']}/{item['metadata']['generation']}"
        now = self._scene.clock.monotonic()
        return now - self._since.setdefault(which, now)

    async def _replica_set(self, item: Object) -> Object:
        template = item["spec"]["template"]
        mark = hashlib.sha256(msgspec.json.encode(template)).hexdigest()[:10]
        meta = item["metadata"]
        known = self._scene.get(REPLICA_SETS, meta["namespace"], f"{meta['name']}-{mark}")
        if known is not None:
            return known
        labels = template["metadata"]["labels"] | {"pod-template-hash": mark}
        body: Object = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": _child(item, f"{meta['name']}-{mark}", labels),
            "spec": {
                "replicas": item["spec"].get("replicas", 1),
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
            },
        }
        made = await self._scene.create(REPLICA_SETS, body, MANAGER)
        told = f"Scaled up replica set {body['metadata']['name']} from 0 to {_replicas(item)}"
        await self._recorder.event(item, "ScalingReplicaSet", told, "deployment-controller")
        return made or await self._scene.apply(REPLICA_SETS, body, MANAGER)

    async def _pods(self, item: Object, owner: Object) -> None:
        """Create the pods that a workload lacks, and delete those of an older template."""
        wanted = self._wanted(item, owner)
        for pod in self._scene.store.owned(PODS, owner):
            name = pod["metadata"]["name"]
            kept = wanted.get(name)
            if kept is None or _mark(pod) != kept["metadata"]["annotations"][counting.TEMPLATE]:
                await self._scene.api.delete(PODS, pod["metadata"]["namespace"], name)
                self._scene.store.forget(PODS, pod)
        here = {pod["metadata"]["name"] for pod in self._scene.store.owned(PODS, owner)}
        for name, body in wanted.items():
            if name not in here:
                await self._claims(item, name)
                await self._scene.create(PODS, body, MANAGER)

    def _wanted(self, item: Object, owner: Object) -> dict[str, Object]:
        if self._resource == DAEMON_SETS:
            nodes = sorted(node["metadata"]["name"] for node in self._scene.store.all(NODES))
            return {p["metadata"]["name"]: p for p in (_pod(owner, n, n) for n in nodes)}
        ordinals = range(_replicas(item))
        if self._resource == STATEFUL_SETS:
            names = [str(n) for n in ordinals]
        else:
            uid = owner["metadata"]["uid"]
            names = [hashlib.sha256(f"{uid}{n}".encode()).hexdigest()[:5] for n in ordinals]
        return {
            p["metadata"]["name"]: p for p in (_pod(owner, n, "", i) for i, n in enumerate(names))
        }

    async def _claims(self, item: Object, pod: str) -> None:
        for template in item["spec"].get("volumeClaimTemplates", ()):
            body = {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {
                    "name": f"{template['metadata']['name']}-{pod}",
                    "namespace": item["metadata"]["namespace"],
                    "labels": item["spec"]["selector"]["matchLabels"],
                    "annotations": {counting.OWNER: item["metadata"]["name"]},
                },
                "spec": template["spec"],
            }
            await self._scene.create(CLAIMS, body, MANAGER)

    async def _count(self, item: Object, pods: list[Object]) -> None:
        now = self._scene.now()
        if self._resource == STATEFUL_SETS:
            status = counting.stateful_set(item, pods)
        elif self._resource == JOBS:
            status = counting.job(item, pods, now)
        else:
            status = counting.daemon_set(item, pods)
        await self._write(self._resource, item, status)

    async def _write(self, resource: Resource, item: Object, status: dict[str, Any]) -> None:
        known = item.get("status", {})
        merge = {name: value for name, value in status.items() if known.get(name) != value}
        if merge:
            await self._scene.patch(resource, item, {"status": merge}, MANAGER, "status")

    async def _collect(self, key: Key) -> None:
        """Remove what a workload that is gone has left behind, as the garbage collector does."""
        kind = counting.KINDS[self._resource]
        for resource in _OWNED.get(self._resource, (PODS,)):
            for item in self._scene.store.all(resource):
                owners = item["metadata"].get("ownerReferences", ())
                mine = any(ref["kind"] == kind and ref["name"] == key.name for ref in owners)
                if mine and item["metadata"]["namespace"] == key.namespace:
                    await self._remove(item)

    async def _remove(self, item: Object) -> None:
        if item["kind"] == "ReplicaSet":
            for pod in self._scene.store.owned(PODS, item):
                await self._scene.api.delete(PODS, *Key.of(pod))
            await self._scene.api.delete(REPLICA_SETS, *Key.of(item))
        else:
            await self._scene.api.delete(PODS, *Key.of(item))


def _replicas(item: Object) -> int:
    return int(item["spec"].get("replicas", item["spec"].get("completions", 1)))


def _child(owner: Object, name: str, labels: dict[str, str]) -> dict[str, Any]:
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    meta = {"name": name, "namespace": owner["metadata"]["namespace"], "labels": labels}
    return meta | {"ownerReferences": [reference]}


def _pod(owner: Object, suffix: str, node: str = "", ordinal: int = 0) -> Object:
    template = owner["spec"]["template"]
    meta = _child(owner, f"{owner['metadata']['name']}-{suffix}", template["metadata"]["labels"])
    mark = hashlib.sha256(msgspec.json.encode(template)).hexdigest()[:10]
    meta["annotations"] = {counting.TEMPLATE: mark, counting.ORDINAL: str(ordinal)}
    claims = owner["spec"].get("volumeClaimTemplates", ())
    spec = dict(template["spec"])
    if claims:
        names = [claim["metadata"]["name"] for claim in claims]
        spec["volumes"] = [
            {"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{meta['name']}"}}
            for name in names
        ]
    if node:
        spec["nodeName"] = node
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def _mark(pod: Object) -> str:
    return str(pod["metadata"].get("annotations", {}).get(counting.TEMPLATE, ""))
