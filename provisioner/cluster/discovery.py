"""Which kinds the API serves, and under which path: read from the API, kept until a miss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from provisioner.cluster.api import Api
from provisioner.cluster.patience import backoff, pause
from provisioner.cluster.ports import Resource
from provisioner.errors import ClusterError


class Kind(NamedTuple):
    """How objects of one kind are addressed."""

    resource: Resource
    namespaced: bool

    def path(self, name: str, namespace: str | None) -> str:
        """Return the path of one object; a namespaced one without a namespace is in default."""
        root = f"/apis/{self.resource.group}" if self.resource.group else "/api"
        scope = f"/namespaces/{namespace or 'default'}" if self.namespaced else ""
        return f"{root}/{self.resource.version}{scope}/{self.resource.plural}/{name}"


@dataclass
class Discovery:
    """The kinds of one API."""

    api: Api
    _known: dict[tuple[str, str], Kind] = field(default_factory=dict)

    async def find(self, version: str, kind: str) -> Kind:
        """Return where ``kind`` of apiVersion ``version`` lives.

        A kind that is not served yet is asked for again for a while, as its definition may just
        have been applied. Raises ClusterError.
        """
        attempt = 0
        try:
            async with self.api.patience.kind.of(self.api.clock):
                while not await self.serves(version, kind):
                    attempt += 1
                    await pause(self.api.clock, backoff(self.api.patience, attempt))
        except TimeoutError as error:
            raise ClusterError("cluster_missing_kind", kind=kind, version=version) from error
        return self._known[version, kind]

    async def serves(self, version: str, kind: str) -> bool:
        """Return whether ``kind`` is served now; raises ClusterError if the API does not say."""
        if (version, kind) not in self._known:
            await self._read(version)
        return (version, kind) in self._known

    def forget(self, version: str, kind: str) -> None:
        """Drop what is known of a kind that turned out not to be served any more."""
        self._known.pop((version, kind), None)

    async def _read(self, version: str) -> None:
        group, _, bare = version.rpartition("/")
        path = f"/apis/{version}" if group else f"/api/{bare}"
        try:
            answer = await self.api.get(path)
        except ClusterError as error:
            if error.code == "cluster_not_found":
                return
            raise
        for entry in answer.get("resources", ()):
            if _whole(entry):
                resource = Resource(group, bare, entry["name"])
                self._known[version, entry["kind"]] = Kind(resource, entry["namespaced"])


def _whole(entry: dict[str, Any]) -> bool:
    """Whether an entry is a kind of its own, and no subresource such as ``pods/log``."""
    return "/" not in entry["name"]
