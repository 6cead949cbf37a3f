"""The last seen version of every object of the watched kinds, and who wants to hear of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.cluster.api import ApiRefused, KubeApi

RETRY = 0.3
"""Real seconds until a watch that ended in an error is opened again."""


class Key(NamedTuple):
    """Which object of a kind."""

    namespace: str
    name: str

    @classmethod
    def of(cls, item: Object) -> Key:
        """Return the key of an object."""
        return cls(item["metadata"].get("namespace", ""), item["metadata"]["name"])

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


Listener = Callable[[Key, Object | None, Object | None], None]
"""Called with the object before and after; None where it did not, or does not, exist."""


class Store:
    """What the API holds, kept up to date by list and watch."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api
        self._objects: dict[Resource, dict[Key, Object]] = {}
        self._listeners: dict[Resource, list[Listener]] = {}

    def listen(self, resource: Resource, listener: Listener) -> None:
        """Call ``listener`` for each change of a kind, and now for what is there."""
        self._listeners.setdefault(resource, []).append(listener)
        for key, item in list(self._objects.get(resource, {}).items()):
            listener(key, None, item)

    def get(self, resource: Resource, key: Key) -> Object | None:
        """Return an object as it was last seen."""
        return self._objects.get(resource, {}).get(key)

    def all(self, resource: Resource) -> list[Object]:
        """Return all objects of a kind."""
        return list(self._objects.get(resource, {}).values())

    def owned(self, resource: Resource, owner: Object) -> list[Object]:
        """Return the objects of a kind whose controller is ``owner``, by name."""
        uid = owner["metadata"]["uid"]
        found = [
            item
            for item in self._objects.get(resource, {}).values()
            if any(ref["uid"] == uid for ref in item["metadata"].get("ownerReferences", ()))
        ]
        return sorted(found, key=lambda item: str(item["metadata"]["name"]))

    def put(self, resource: Resource, item: Object) -> None:
        """Take in an object that a write returned, unless a newer one was seen."""
        known = self.get(resource, Key.of(item))
        if known is None or _version(item) > _version(known):
            self._change(resource, Key.of(item), item)

    def forget(self, resource: Resource, item: Object) -> None:
        """Drop an object that was deleted; another of the same name stays."""
        known = self.get(resource, Key.of(item))
        if known is not None and known["metadata"]["uid"] == item["metadata"]["uid"]:
            self._change(resource, Key.of(item), None)

    async def follow(self, resource: Resource, listed: asyncio.Event | None = None) -> None:
        """List and watch a kind for ever; sets ``listed`` when the first list is in."""
        version = ""
        while True:
            try:
                if not version:
                    items, version = await self._api.list(resource)
                    self._replace(resource, items)
                    if listed is not None:
                        listed.set()
                version = await self._watch(resource, version)
            except ApiRefused:
                version = ""
                await asyncio.sleep(RETRY)

    async def _watch(self, resource: Resource, version: str) -> str:
        async for kind, item in self._api.watch(resource, version):
            version = str(item["metadata"]["resourceVersion"])
            if kind == "DELETED":
                self.forget(resource, item)
            elif kind != "BOOKMARK":
                self.put(resource, item)
        return version

    def _replace(self, resource: Resource, items: list[Object]) -> None:
        listed = {Key.of(item): item for item in items}
        for key in set(self._objects.setdefault(resource, {})) - set(listed):
            self._change(resource, key, None)
        for item in listed.values():
            self.put(resource, item)

    def _change(self, resource: Resource, key: Key, item: Object | None) -> None:
        objects = self._objects.setdefault(resource, {})
        before = objects.get(key)
        if item is None:
            objects.pop(key, None)
        else:
            objects[key] = item
        if before is not item:
            for listener in self._listeners.get(resource, ()):
                listener(key, before, item)


def _version(item: Object) -> int:
    return int(item["metadata"]["resourceVersion"])
