"""The Kubernetes API as those use it who live in the cluster: list, watch, write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple, Protocol

import httpx2
import msgspec

from provisioner.cluster.ports import Object, Resource

PODS = Resource("", "v1", "pods")
WATCH_SECONDS = 240
"""How long one watch request lasts before it is renewed."""


class ApiRefused(Exception):
    """The API answered with an error; ``status`` is its HTTP status (0: it did not answer)."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(f"{status}: {message}")


class Seen(NamedTuple):
    """One message of a watch."""

    kind: str
    """``ADDED``, ``MODIFIED``, ``DELETED`` or ``BOOKMARK``."""
    object: Object


class KubeApi(Protocol):
    """What the actor needs of an API server."""

    async def list(self, resource: Resource) -> tuple[list[Object], str]:
        """Return all objects of a kind, and the version from which to watch."""
        ...

    def watch(self, resource: Resource, version: str) -> AsyncIterator[Seen]:
        """Yield what changes after ``version`` until the connection ends; raises ApiRefused."""
        ...

    async def create(self, resource: Resource, body: Object, manager: str) -> Object | None:
        """Create an object; returns None if one of this name is there already."""
        ...

    async def apply(self, resource: Resource, body: Object, manager: str) -> Object:
        """Apply an object server-side."""
        ...

    async def patch(
        self, resource: Resource, of: Object, merge: Mapping[str, Any], manager: str, part: str = ""
    ) -> Object | None:
        """Merge-patch an object, or its ``status``; returns None if it is gone."""
        ...

    async def delete(self, resource: Resource, namespace: str, name: str) -> None:
        """Delete an object at once; one that is gone is no error."""
        ...

    async def bind(self, namespace: str, pod: str, node: str) -> None:
        """Give a pod its node; one that has a node already keeps it."""
        ...


def path(resource: Resource, namespace: str = "", name: str = "", part: str = "") -> str:
    """Return the API path of a kind, or of one object or part of it."""
    root = f"/apis/{resource.group}" if resource.group else "/api"
    place = f"/namespaces/{namespace}" if namespace else ""
    return "/".join(
        p for p in (f"{root}/{resource.version}{place}/{resource.plural}", name, part) if p
    )


class HttpApi:
    """A KubeApi over HTTPS, on connections that are kept."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def list(self, resource: Resource) -> tuple[list[Object], str]:
        """Return all objects of a kind, and the version from which to watch."""
        found = await self._ask("GET", path(resource))
        # The items of a list do not say what they are; those of a watch do.
        kind = {"apiVersion": found["apiVersion"], "kind": found["kind"].removesuffix("List")}
        items = [kind | item for item in found.get("items", ())]
        return items, str(found["metadata"]["resourceVersion"])

    async def watch(self, resource: Resource, version: str) -> AsyncIterator[Seen]:
        """Yield what changes after ``version`` until the connection ends; raises ApiRefused."""
        query = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "1",
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        timeout = httpx2.Timeout(10, read=WATCH_SECONDS + 10)
        try:
            async with self._client.stream(
                "GET", path(resource), params=query, timeout=timeout
            ) as answer:
                if answer.status_code != httpx2.codes.OK:
                    raise ApiRefused(answer.status_code, "watch")
                async for line in answer.aiter_lines():
                    yield _seen(line)
        except httpx2.TransportError as error:
            raise ApiRefused(0, str(error)) from error

    async def create(self, resource: Resource, body: Object, manager: str) -> Object | None:
        """Create an object; returns None if one of this name is there already."""
        place = path(resource, body["metadata"].get("namespace", ""))
        try:
            return await self._ask("POST", place, body, params={"fieldManager": manager})
        except ApiRefused as refusal:
            if refusal.status == httpx2.codes.CONFLICT:
                return None
            raise

    async def apply(self, resource: Resource, body: Object, manager: str) -> Object:
        """Apply an object server-side."""
        meta = body["metadata"]
        place = path(resource, meta.get("namespace", ""), meta["name"])
        query = {"fieldManager": manager, "force": "true"}
        return await self._ask("PATCH", place, body, "application/apply-patch+yaml", query)

    async def send(
        self, resource: Resource, namespace: str, name: str, text: bytes, manager: str
    ) -> None:
        """Apply a manifest in YAML server-side, as it is."""
        query = {"fieldManager": manager, "force": "true"}
        place = path(resource, namespace, name)
        await self._send("PATCH", place, text, "application/apply-patch+yaml", query)

    async def patch(
        self, resource: Resource, of: Object, merge: Mapping[str, Any], manager: str, part: str = ""
    ) -> Object | None:
        """Merge-patch an object, or its ``status``; returns None if it is gone."""
        meta = of["metadata"]
        place = path(resource, meta.get("namespace", ""), meta["name"], part)
        query = {"fieldManager": manager}
        try:
            return await self._ask("PATCH", place, merge, "application/merge-patch+json", query)
        except ApiRefused as refusal:
            if refusal.status == httpx2.codes.NOT_FOUND:
                return None
            raise

    async def delete(self, resource: Resource, namespace: str, name: str) -> None:
        """Delete an object at once; one that is gone is no error."""
        try:
            await self._ask(
                "DELETE", path(resource, namespace, name), params={"gracePeriodSeconds": "0"}
            )
        except ApiRefused as refusal:
            if refusal.status != httpx2.codes.NOT_FOUND:
                raise

    async def bind(self, namespace: str, pod: str, node: str) -> None:
        """Give a pod its node; one that has a node already keeps it."""
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod}, "target": target}
        try:
            await self._ask("POST", path(PODS, namespace, pod, "binding"), body)
        except ApiRefused as refusal:
            if refusal.status not in (httpx2.codes.CONFLICT, httpx2.codes.NOT_FOUND):
                raise

    async def ready(self) -> bool:
        """Return whether the server says that it is ready."""
        try:
            answer = await self._client.get("/readyz", timeout=2)
        except httpx2.TransportError:
            return False
        return answer.status_code == httpx2.codes.OK

    async def version(self) -> str:
        """Return the server's version."""
        return str((await self._ask("GET", "/version"))["gitVersion"])

    async def _ask(
        self,
        method: str,
        place: str,
        body: Mapping[str, Any] | None = None,
        kind: str = "application/json",
        params: Mapping[str, str] | None = None,
    ) -> Object:
        content = None if body is None else msgspec.json.encode(body)
        return await self._send(method, place, content, kind, params)

    async def _send(
        self,
        method: str,
        place: str,
        content: bytes | None,
        kind: str,
        params: Mapping[str, str] | None,
    ) -> Object:
        headers = {} if content is None else {"Content-Type": kind}
        try:
            answer = await self._client.request(
                method, place, content=content, headers=headers, params=dict(params or {})
            )
        except httpx2.TransportError as error:
            raise ApiRefused(0, str(error)) from error
        if answer.is_error:
            raise ApiRefused(answer.status_code, _why(answer.content))
        found: Object = msgspec.json.decode(answer.content)
        return found


def _why(content: bytes) -> str:
    try:
        return str(msgspec.json.decode(content)["message"])[:200]
    except (msgspec.DecodeError, LookupError, TypeError):
        return content[:200].decode("utf-8", "replace")


def _seen(line: str) -> Seen:
    message = msgspec.json.decode(line)
    if message["type"] == "ERROR":
        raise ApiRefused(
            int(message["object"].get("code", 0)), message["object"].get("message", "")
        )
    return Seen(message["type"], message["object"])
