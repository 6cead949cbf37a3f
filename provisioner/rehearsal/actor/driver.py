"""Plays Hetzner's storage driver: it rents what is claimed, through the cloud's own API.

Like the real one (hetznercloud/csi-driver) it takes its token from a Secret, labels what it rents
as its chart was told, and attaches a volume to the server on which the claiming pod is.
"""

from __future__ import annotations

import base64
from typing import Any

import httpx2
from ruamel.yaml import YAML

from provisioner.cluster.ports import Object
from provisioner.cluster.storage import SMALLEST_VOLUME
from provisioner.rehearsal.actor.kinds import CHARTS, DEPLOYMENTS, PODS, SECRETS
from provisioner.rehearsal.actor.readiness import is_ready
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.store import Key

PROVISIONER = "csi.hetzner.cloud"
RELEASE = Key("kube-system", "hcloud-csi")
CONTROLLER = Key("kube-system", "hcloud-csi-controller")
TOKEN = Key("kube-system", "hcloud")
"""The Secret that the driver's chart takes its token from."""
_BUSY = frozenset({"locked", "conflict"})


class NotRented(Exception):
    """Hetzner gives no volume; says why as the driver does."""


class Driver:
    """Rents for the claims of one cluster."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._client = httpx2.AsyncClient(
            base_url=scene.cloud, headers={"User-Agent": "csi-driver hcloud-go"}, trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def provided(self, claim: Object) -> bool:
        """Bring a claim's volume forward by one step; return whether its pod can have it.

        Raises NotRented where Hetzner does not give one.
        """
        token, node = self._token(), self._node(claim)
        if token is None or node is None or not is_ready(self._scene.get(DEPLOYMENTS, *CONTROLLER)):
            return False
        self._client.headers["Authorization"] = f"Bearer {token}"
        server = await self._named("servers", node)
        if server is None:
            raise NotRented(f"failed to find the server of node {node}")
        name = f"pvc-{claim['metadata']['uid']}"
        volume = await self._named("volumes", name)
        if volume is None:
            await self._call("POST", "volumes", self._order(claim, name, server))
        elif volume["status"] == "available" and volume["server"] is None:
            to = {"server": server["id"], "automount": False}
            await self._call("POST", f"volumes/{volume['id']}/actions/attach", to)
        return volume is not None and volume["server"] is not None

    def _token(self) -> str | None:
        secret = self._scene.get(SECRETS, *TOKEN) or {}
        told = (secret.get("data") or {}).get("token")
        return base64.b64decode(told).decode() if told else None

    def _node(self, claim: Object) -> str | None:
        """Return the node of the pod that claims; its location is where the volume must be."""
        meta = claim["metadata"]
        for pod in self._scene.store.all(PODS):
            mounts = [
                each.get("persistentVolumeClaim", {}) for each in pod["spec"].get("volumes", ())
            ]
            mine = any(each.get("claimName") == meta["name"] for each in mounts)
            if mine and pod["metadata"]["namespace"] == meta["namespace"]:
                node: str | None = pod["spec"].get("nodeName")
                return node
        return None

    def _order(self, claim: Object, name: str, server: Object) -> Object:
        meta, size = claim["metadata"], claim["spec"]["resources"]["requests"]["storage"]
        labels = {
            "managed-by": "csi-driver",
            "pvc-name": meta["name"],
            "pvc-namespace": meta["namespace"],
            "pv-name": name,
        }
        return {
            "name": name,
            "size": max(int(size.removesuffix("Gi")), SMALLEST_VOLUME),
            "location": server["location"]["name"],
            "labels": labels | self._extra_labels(),
        }

    def _extra_labels(self) -> dict[str, str]:
        chart = self._scene.get(CHARTS, *RELEASE) or {}
        values = (
            YAML(typ="safe", pure=True).load(chart.get("spec", {}).get("valuesContent", "")) or {}
        )
        told: dict[str, str] = values.get("controller", {}).get("volumeExtraLabels", {})
        return told

    async def _named(self, kind: str, name: str) -> Object | None:
        found = (await self._call("GET", f"{kind}?name={name}"))[kind]
        return found[0] if found else None

    async def _call(self, method: str, path: str, body: Object | None = None) -> Any:
        """Ask the cloud; what is busy now is asked for again at the next step. Raises NotRented."""
        try:
            answer = await self._client.request(method, path, json=body)
            told = answer.json()
        except (httpx2.TransportError, ValueError) as error:
            raise NotRented(str(error)) from error
        if answer.is_error and told["error"]["code"] not in _BUSY:
            raise NotRented(f"{told['error']['message']} ({told['error']['code']})")
        return told
