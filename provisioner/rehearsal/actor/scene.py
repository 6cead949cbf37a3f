"""What everybody who plays in one cluster shares: the API, what is known, the clock, the script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.actor.store import Key, Store
from provisioner.rehearsal.certificates.pebble import Pebble
from provisioner.rehearsal.clock import WorldClock, stamp
from provisioner.rehearsal.cluster.api import KubeApi


@dataclass
class Scene:
    """One cluster's stage."""

    api: KubeApi
    clock: WorldClock
    script: Script
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    """Starts a task that ends with the cluster."""
    acme: Pebble | None = None
    """Who signs certificates, as far as this cluster can reach it."""
    cloud: str = ""
    """Where the cloud's API is, for who rents from inside the cluster."""
    solving: dict[str, str] = field(default_factory=dict)
    """What the Gateway answers to each challenge, by token."""
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.api)

    def now(self) -> str:
        """Return the world's moment as Kubernetes writes it."""
        return stamp(self.clock.now())

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return an object as it was last seen."""
        return self.store.get(resource, Key(namespace, name))

    async def patch(
        self, resource: Resource, of: Object, merge: Mapping[str, Any], manager: str, part: str = ""
    ) -> Object | None:
        """Merge-patch an object and take in what came of it; returns None if it is gone."""
        item = await self.api.patch(resource, of, merge, manager, part)
        if item is not None:
            self.store.put(resource, item)
        return item

    async def create(self, resource: Resource, body: Object, manager: str) -> Object | None:
        """Create an object and take it in; returns None if it was there."""
        item = await self.api.create(resource, body, manager)
        if item is not None:
            self.store.put(resource, item)
        return item

    async def apply(self, resource: Resource, body: Object, manager: str) -> Object:
        """Apply an object server-side and take it in."""
        item = await self.api.apply(resource, body, manager)
        self.store.put(resource, item)
        return item
