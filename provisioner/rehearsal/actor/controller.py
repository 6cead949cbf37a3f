"""A controller's work queue: one reconciliation of an object at a time, now or later."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.cluster.api import ApiRefused

Reconcile = Callable[[Key], Awaitable[float | None]]
"""Brings one object forward; returns in how many seconds it wants to look again, or None."""

RETRY = 1.0
"""Seconds until an object is tried again when the API refused or did not answer."""

log = logging.getLogger(__name__)


def spec_changed(before: Object | None, after: Object | None) -> bool:
    """Return whether a change is more than the controller's own writing to status."""
    if before is None or after is None:
        return True
    return _wanted(before) != _wanted(after)


def _wanted(item: Object) -> tuple[object, ...]:
    meta = item["metadata"]
    return meta.get("generation"), meta.get("annotations"), meta.get("deletionTimestamp")


class Controller:
    """Reconciles every object of one kind, each in a task of its own."""

    def __init__(
        self,
        scene: Scene,
        resource: Resource,
        reconcile: Reconcile,
    ) -> None:
        self._scene = scene
        self._resource = resource
        self._reconcile = reconcile
        self._wakes: dict[Key, asyncio.Event] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._dead = False

    def start(self) -> None:
        """Begin with what is there."""
        self._scene.store.listen(self._resource, self._heard)

    def wake(self, key: Key) -> None:
        """Have an object looked at now, or as soon as its present reconciliation has ended."""
        if self._dead:
            return
        if key not in self._tasks:
            self._wakes[key] = asyncio.Event()
            self._tasks[key] = self._scene.spawn(self._work(key))
        self._wakes[key].set()

    def kill(self) -> None:
        """End without a word, as a process that was killed."""
        self._dead = True
        for task in self._tasks.values():
            task.cancel()

    def _heard(self, key: Key, before: Object | None, after: Object | None) -> None:
        if spec_changed(before, after):
            self.wake(key)

    async def _work(self, key: Key) -> None:
        wake, clock = self._wakes[key], self._scene.clock
        due: float | None = None
        while True:
            left = None if due is None else max(0.0, due - clock.monotonic())
            if not await clock.wait(wake, left):
                due = None
            wake.clear()
            delay = await self._pass(key)
            if delay is not None:
                # As in the real queue, a look that was arranged before is not given up for a later.
                due = min(due or math.inf, clock.monotonic() + delay)
            if self._scene.store.get(self._resource, key) is None and not wake.is_set():
                del self._tasks[key], self._wakes[key]
                return

    async def _pass(self, key: Key) -> float | None:
        try:
            return await self._reconcile(key)
        except ApiRefused as refusal:
            log.info("%s %s: %s", self._resource.plural, key, refusal)
            return RETRY
