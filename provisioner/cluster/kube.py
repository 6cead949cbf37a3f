"""The Kubernetes API as the phases use it (see provisioner.cluster.ports.Kube)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx2

from provisioner.cluster.api import Api
from provisioner.cluster.discovery import Discovery
from provisioner.cluster.evidence.kinds import PODS
from provisioner.cluster.patience import backoff, pause
from provisioner.cluster.ports import Changed, LogLine, Lost, Object, Resource, Snapshot
from provisioner.cluster.reflector import reflect
from provisioner.cluster.refusals import no_log
from provisioner.errors import ClusterError

MANAGER = "catalyst"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
SILENCE = 3600.0
"""Real seconds for which a followed log may say nothing."""


class KubeClient:
    """Reads, applies, patches, deletes and watches through one API."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._discovery = Discovery(api)

    async def get(self, path: str, **params: str) -> Object:
        """Return one object or list; raises ClusterError."""
        return await self._api.get(path, **params)

    async def apply(self, manifest: Mapping[str, Any], *, force: bool = True) -> Object:
        """Apply one manifest server-side; raises ClusterError.

        Its kind may be defined a moment ago: until the API serves it, the request is repeated.
        """
        version, kind = manifest["apiVersion"], manifest["kind"]
        attempt = 0
        try:
            async with self._api.patience.kind.of(self._api.clock):
                while True:
                    try:
                        return await self._applied(manifest, force)
                    except ClusterError as error:
                        if not _unserved(error):
                            raise
                    self._discovery.forget(version, kind)
                    attempt += 1
                    await pause(self._api.clock, backoff(self._api.patience, attempt))
        except TimeoutError as error:
            raise ClusterError("cluster_missing_kind", kind=kind, version=version) from error

    async def patch(self, path: str, merge: Mapping[str, Any]) -> Object:
        """Merge-patch one object; raises ClusterError."""
        params = {"fieldManager": MANAGER}
        secret = "/secrets/" in path
        return await self._api.send(
            "PATCH", path, params=params, body=merge, content=MERGE, secret=secret
        )

    async def delete(self, path: str) -> None:
        """Delete one object; one that is gone is no error."""
        try:
            await self._api.send("DELETE", path)
        except ClusterError as error:
            if error.code != "cluster_not_found":
                raise

    def watch(self, resource: Resource) -> AsyncGenerator[Snapshot | Changed | Lost]:
        """List, then watch for ever: bookmarks, 410 relist and reconnects happen inside."""
        return reflect(self._api, resource)

    async def log(
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        lines: int | None = None,
        since: str = "",
        follow: bool = False,
        previous: bool = False,
    ) -> AsyncGenerator[LogLine]:
        """Yield a container's log: the last ``lines`` of it, or what came ``since`` (RFC 3339).

        ``follow`` goes on with what comes behind, until this run of the container ends;
        ``previous`` means the run before its last restart. Raises ClusterError.
        """
        path = f"{PODS.object_path(namespace, pod)}/log"
        wanted = {"container": container, "timestamps": "true"}
        wanted |= {} if lines is None else {"tailLines": str(lines)}
        wanted |= {"sinceTime": since} if since else {}
        wanted |= {"follow": "true"} if follow else {}
        wanted |= {"previous": "true"} if previous else {}
        await self._api.way.up()
        try:
            async with self._api.stream(path, wanted, SILENCE, said=no_log) as response:
                async for line in response.aiter_lines():
                    at, _, text = line.partition(" ")
                    yield LogLine(at, text)
        except httpx2.TransportError as error:
            raise ClusterError("log_broken", pod=pod, container=container) from error

    async def serves(self, version: str, kind: str) -> bool:
        """Return whether ``kind`` of apiVersion ``version`` is served now; raises ClusterError."""
        return await self._discovery.serves(version, kind)

    async def _applied(self, manifest: Mapping[str, Any], force: bool) -> Object:
        metadata = manifest["metadata"]
        kind = await self._discovery.find(manifest["apiVersion"], manifest["kind"])
        return await self._api.send(
            "PATCH",
            kind.path(metadata["name"], metadata.get("namespace")),
            params={"fieldManager": MANAGER, "force": str(force).lower()},
            body=manifest,
            content=APPLY,
            secret=manifest["kind"] == "Secret",
        )


def _unserved(error: ClusterError) -> bool:
    """Whether the path itself was unknown; a missing namespace or object says its name."""
    said = error.facts.get("said", "")
    return error.code == "cluster_not_found" and "could not find the requested resource" in said
