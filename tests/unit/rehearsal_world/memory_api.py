"""A Kubernetes API in memory: enough of list, watch and writes for the actor to live in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor.kinds import PODS
from provisioner.rehearsal.cluster.api import Seen

Place = tuple[str, str]


class MemoryApi:
    """Objects by kind, namespace and name, with versions, generations and finalizers."""

    def __init__(self) -> None:
        self._versions = itertools.count(1)
        self._objects: dict[Resource, dict[Place, Object]] = {}
        self._log: dict[Resource, list[Seen]] = {}
        self._news: dict[Resource, asyncio.Event] = {}
        self.history: list[tuple[float, Seen]] = []
        """Everything that was ever written, in order, with the loop's time."""

    async def list(self, resource: Resource) -> tuple[list[Object], str]:
        """Return copies of all objects of a kind."""
        found = [_copy(item) for item in self._objects.get(resource, {}).values()]
        return found, str(next(self._versions))

    async def watch(self, resource: Resource, version: str) -> AsyncIterator[Seen]:
        """Yield what is written after ``version``."""
        log, index = self._log.setdefault(resource, []), 0
        while True:
            news = self._news.setdefault(resource, asyncio.Event())
            while index < len(log):
                seen = log[index]
                index += 1
                if int(seen.object["metadata"]["resourceVersion"]) > int(version):
                    yield Seen(seen.kind, _copy(seen.object))
            await news.wait()

    async def create(self, resource: Resource, body: Object, manager: str) -> Object | None:
        """Create an object unless it is there."""
        del manager
        meta = body["metadata"]
        place = (meta.get("namespace", ""), meta["name"])
        if place in self._objects.get(resource, {}):
            return None
        item = _copy(body)
        item["metadata"] |= {"uid": f"uid-{next(self._versions)}", "generation": 1}
        if resource.group.endswith("toolkit.fluxcd.io"):
            item.setdefault("status", {"observedGeneration": -1})
        return self._store(resource, place, "ADDED", item)

    async def apply(self, resource: Resource, body: Object, manager: str) -> Object:
        """Create an object or merge into it."""
        made = await self.create(resource, body, manager)
        if made is not None:
            return made
        patched = await self.patch(resource, body, body, manager)
        assert patched is not None
        return patched

    async def patch(
        self, resource: Resource, of: Object, merge: Mapping[str, Any], manager: str, part: str = ""
    ) -> Object | None:
        """Merge-patch an object or its status."""
        del manager
        meta = of["metadata"]
        place = (meta.get("namespace", ""), meta["name"])
        known = self._objects.get(resource, {}).get(place)
        if known is None:
            return None
        changes = {n: v for n, v in merge.items() if part or n != "status"}
        item = _merged(known, {"status": merge["status"]} if part else changes)
        if item == known:
            return _copy(known)
        if item.get("spec") != known.get("spec"):
            item["metadata"]["generation"] += 1
        if "deletionTimestamp" in item["metadata"] and not item["metadata"].get("finalizers"):
            del self._objects[resource][place]
            return self._record(resource, "DELETED", item)
        return self._store(resource, place, "MODIFIED", item)

    async def delete(self, resource: Resource, namespace: str, name: str) -> None:
        """Delete an object, or mark it while it has finalizers."""
        known = self._objects.get(resource, {}).get((namespace, name))
        if known is None:
            return
        if known["metadata"].get("finalizers"):
            meta = {"metadata": {"deletionTimestamp": "now"}}
            self._store(resource, (namespace, name), "MODIFIED", _merged(known, meta))
            return
        del self._objects[resource][namespace, name]
        self._record(resource, "DELETED", _copy(known))

    async def bind(self, namespace: str, pod: str, node: str) -> None:
        """Give a pod its node."""
        known = self._objects[PODS].get((namespace, pod))
        if known is not None:
            self._store(
                PODS, (namespace, pod), "MODIFIED", _merged(known, {"spec": {"nodeName": node}})
            )

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return an object as it is."""
        return self._objects.get(resource, {}).get((namespace, name))

    def _store(self, resource: Resource, place: Place, kind: str, item: Object) -> Object:
        self._objects.setdefault(resource, {})[place] = item
        return self._record(resource, kind, item)

    def _record(self, resource: Resource, kind: str, item: Object) -> Object:
        item["metadata"]["resourceVersion"] = str(next(self._versions))
        seen = Seen(kind, _copy(item))
        self._log.setdefault(resource, []).append(seen)
        self.history.append((asyncio.get_running_loop().time(), seen))
        self._news.pop(resource, asyncio.Event()).set()
        return _copy(item)


def _copy(item: Object) -> Object:
    copied: Object = msgspec.json.decode(msgspec.json.encode(item))
    return copied


def _merged(item: Object, merge: Mapping[str, Any]) -> Object:
    merged = dict(item)
    for name, value in merge.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            before = merged.get(name)
            merged[name] = _merged(before if isinstance(before, dict) else {}, value)
        else:
            merged[name] = value
    return _copy(merged)
