"""Plays the nodes of a cluster: they register, wait for their pod network, and become ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioner.rehearsal.actor.kinds import NODES
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.store import Key

MANAGER = "kubelet"
UNREADY = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
    "message:Network plugin returns error: cni plugin not initialized"
)


@dataclass(frozen=True)
class NodePlan:
    """What a node tells the API about itself."""

    name: str
    address: str
    role: str
    """``control-plane`` or ``worker``."""
    labels: dict[str, str]
    taints: tuple[dict[str, str], ...] = ()
    version: str = ""
    """Of its k3s."""
    cores: int = 4
    memory: int = 8
    """In GiB."""


class Nodes:
    """Writes the Node objects."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def register(self, plan: NodePlan) -> None:
        """Let a node join; it is not ready yet, unless it has joined before."""
        known = self._scene.store.get(NODES, Key("", plan.name))
        if known is not None:
            return
        labels = {
            "kubernetes.io/hostname": plan.name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": "k3s",
        } | plan.labels
        if plan.role == "control-plane":
            labels |= {
                f"node-role.kubernetes.io/{role}": "true" for role in ("control-plane", "etcd")
            }
        body = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": plan.name, "labels": labels},
            "spec": {"providerID": f"k3s://{plan.name}", "taints": list(plan.taints)},
        }
        made = await self._scene.create(NODES, body, MANAGER)
        if made is not None:
            status = _status(plan) | {"conditions": self._conditions(False)}
            await self._scene.patch(NODES, made, {"status": status}, MANAGER, "status")

    async def ready(self, name: str, *, up: bool = True, reason: str = "", why: str = "") -> None:
        """Let a node become ready, or stop being so."""
        node = self._scene.store.get(NODES, Key("", name))
        if node is None:
            return
        known = {c["type"]: c["status"] for c in node.get("status", {}).get("conditions", ())}
        if known.get("Ready") == ("True" if up else "False") and not why:
            return
        status = {"conditions": self._conditions(up, reason, why)}
        await self._scene.patch(NODES, node, {"status": status}, MANAGER, "status")
        if up:
            taints = [t for t in node["spec"].get("taints", ()) if "not-ready" not in t["key"]]
            await self._scene.patch(NODES, node, {"spec": {"taints": taints}}, MANAGER)

    def _conditions(self, up: bool, reason: str = "", why: str = "") -> list[dict[str, Any]]:
        pressure = (
            ("MemoryPressure", "KubeletHasSufficientMemory", "sufficient memory available"),
            ("DiskPressure", "KubeletHasNoDiskPressure", "no disk pressure"),
            ("PIDPressure", "KubeletHasSufficientPID", "sufficient PID available"),
        )
        conditions = [
            self._condition(kind, "False", told, f"kubelet has {message}")
            for kind, told, message in pressure
        ]
        if up:
            ready = ("True", "KubeletReady", "kubelet is posting ready status")
        else:
            ready = ("False", reason or "KubeletNotReady", why or UNREADY)
        return [*conditions, self._condition("Ready", *ready)]

    def _condition(self, kind: str, status: str, reason: str, message: str) -> dict[str, Any]:
        now = self._scene.now()
        return {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }


def _status(plan: NodePlan) -> dict[str, Any]:
    room = {"cpu": str(plan.cores), "memory": f"{plan.memory}Gi", "pods": "110"}
    return {
        "addresses": [
            {"type": "InternalIP", "address": plan.address},
            {"type": "Hostname", "address": plan.name},
        ],
        "capacity": room,
        "allocatable": room,
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "containerd://2.2.0-k3s1",
            "kernelVersion": "6.8.0-87-generic",
            "kubeProxyVersion": plan.version,
            "kubeletVersion": plan.version,
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "Ubuntu 24.04.3 LTS",
            "systemUUID": "",
        },
    }
