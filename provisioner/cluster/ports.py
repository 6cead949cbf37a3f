"""What the phases need of a cluster, whoever provides it.

Objects are the Kubernetes API's own JSON as plain dicts; only provisioner.cluster reads them, and
what leaves the package are events and facts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple, Protocol

Object = dict[str, Any]
"""A Kubernetes object as the API answers it."""


class Resource(NamedTuple):
    """A kind as the API's paths name it: ``Resource("apps", "v1", "deployments")``."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str

    @property
    def path(self) -> str:
        """The path of all objects of this kind in all namespaces."""
        root = f"/apis/{self.group}" if self.group else "/api"
        return f"{root}/{self.version}/{self.plural}"

    def object_path(self, namespace: str, name: str) -> str:
        """Return the path of one object; ``namespace`` is empty for kinds that have none."""
        root = f"/apis/{self.group}" if self.group else "/api"
        place = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}/{self.version}{place}/{self.plural}/{name}"


class Snapshot(NamedTuple):
    """All objects of one kind, after a list or a relist: what is not in it is gone."""

    resource: Resource
    objects: tuple[Object, ...]


class Changed(NamedTuple):
    """One object was added or modified, or is gone."""

    resource: Resource
    object: Object
    gone: bool = False


class Lost(NamedTuple):
    """The watch of a kind does not answer; it is retried by itself."""

    resource: Resource
    reason: str


class Answer(NamedTuple):
    """What a probe saw."""

    ok: bool
    said: str
    """A short sentence: ``200 OK``, ``connection refused``, ``no answer in 5 s``."""


class LogLine(NamedTuple):
    """One line of a container's log."""

    at: str
    """When it was written, RFC 3339."""
    text: str


class Kube(Protocol):
    """The Kubernetes API of one cluster, over TLS that is verified, through SSH."""

    async def get(self, path: str, **params: str) -> Object:
        """Return one object or list; raises ClusterError."""
        ...

    async def apply(self, manifest: Mapping[str, Any], *, force: bool = True) -> Object:
        """Apply one manifest server-side as field manager ``catalyst``; raises ClusterError."""
        ...

    async def patch(self, path: str, merge: Mapping[str, Any]) -> Object:
        """Merge-patch one object; raises ClusterError."""
        ...

    async def delete(self, path: str) -> None:
        """Delete one object; one that is gone is no error."""
        ...

    def watch(self, resource: Resource) -> AsyncIterator[Snapshot | Changed | Lost]:
        """List, then watch for ever: bookmarks, 410 relist and reconnects happen inside."""
        ...


class Cluster(Protocol):
    """A cluster that access has opened."""

    @property
    def kube(self) -> Kube:
        """Its API."""
        ...

    async def probe(self, host: str, port: int, path: str | None, *, tls: bool = False) -> Answer:
        """Ask a Service's address from the node: HTTP GET of ``path``, or TCP connect if None."""
        ...
