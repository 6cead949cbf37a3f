"""A cluster in memory, as the phases see one, in front of an API in which the actor plays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from provisioner.cluster.ports import Answer, Changed, Lost, Object, Resource, Snapshot
from provisioner.errors import ClusterError
from provisioner.rehearsal.actor.kinds import DEPLOYMENTS, PODS, SERVICES, resource_of
from tests.unit.rehearsal_world.memory_api import MemoryApi


class MemoryKube:
    """The Kube port over a MemoryApi."""

    def __init__(self, api: MemoryApi) -> None:
        self._api = api
        self.applied: list[Object] = []

    async def get(self, path: str, **params: str) -> Object:
        """Return one namespaced object of the core group, by its path."""
        del params
        _, _, version, _, namespace, plural, name = path.split("/")
        found = self._api.get(Resource("", version, plural), namespace, name)
        if found is None:
            raise ClusterError("cluster_not_found", path=path)
        if plural == "services":
            found = found | {"spec": found["spec"] | {"clusterIP": f"{namespace}/{name}"}}
        return found

    async def apply(self, manifest: Mapping[str, Any], *, force: bool = True) -> Object:
        """Create or merge one object."""
        del force
        self.applied.append(dict(manifest))
        return await self._api.apply(resource_of(dict(manifest)), dict(manifest), "catalyst")

    async def patch(self, path: str, merge: Mapping[str, Any]) -> Object:
        """Find nothing: no test has an object that the kit patches."""
        del merge
        raise ClusterError("cluster_not_found", path=path)

    async def delete(self, path: str) -> None:
        """Delete nothing."""
        raise NotImplementedError(path)

    async def watch(self, resource: Resource) -> AsyncIterator[Snapshot | Changed | Lost]:
        """List, then watch."""
        objects, version = await self._api.list(resource)
        yield Snapshot(resource, tuple(objects))
        async for seen in self._api.watch(resource, version):
            yield Changed(resource, seen.object, seen.kind == "DELETED")


class MemoryCluster:
    """The Cluster port: a Service answers while a pod that it selects is ready."""

    def __init__(self, api: MemoryApi) -> None:
        self._api = api
        self.kube = MemoryKube(api)

    async def probe(self, host: str, port: int, path: str | None, *, tls: bool = False) -> Answer:
        """Answer for the Service whose name stands for its address."""
        del path, tls
        namespace, _, name = host.partition("/")
        service = self._api.get(Resource("", "v1", "services"), namespace, name)
        if service is None or port not in [each["port"] for each in service["spec"]["ports"]]:
            return Answer(False, "connection refused")
        wanted = service["spec"]["selector"].items()
        pods, _ = await self._api.list(PODS)
        ready = any(
            wanted <= pod["metadata"].get("labels", {}).items() and _ready(pod) for pod in pods
        )
        return Answer(ready, "200 OK" if ready else "connection refused")


async def install_flux(api: MemoryApi) -> None:
    """Make Flux's controllers, as a node's first boot does."""
    for name in ("source", "helm", "kustomize", "notification"):
        labels = {"app": f"{name}-controller"}
        meta = {"namespace": "flux-system", "name": f"{name}-controller"}
        template = {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "manager", "image": f"ghcr.io/fluxcd/{name}"}]},
        }
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        ports = [{"port": 80, "targetPort": 9090}]
        await api.create(
            DEPLOYMENTS,
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec},
            "k3s",
        )
        await api.create(
            SERVICES,
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": meta,
                "spec": {"selector": labels, "ports": ports},
            },
            "k3s",
        )


def _ready(pod: Object) -> bool:
    found = pod.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in found)
