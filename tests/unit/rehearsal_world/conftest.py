"""A cluster in memory with the whole company of actors in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from provisioner.rehearsal.actor.company import Company
from provisioner.rehearsal.actor.kinds import STORAGE_CLASSES
from provisioner.rehearsal.actor.nodes import NodePlan
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.clock import WorldClock
from tests.unit.rehearsal_world.memory_api import MemoryApi

LOCAL_PATH = {"metadata": {"name": "local-path"}, "provisioner": "rancher.io/local-path"}
NODE = NodePlan(name="cp1", address="10.0.1.2", role="control-plane", labels={})


@asynccontextmanager
async def playing(
    script: Script, speed: float, cloud: str = ""
) -> AsyncIterator[tuple[MemoryApi, Company]]:
    """Yield an API and the actor that lives in it, with one node that is ready.

    ``cloud`` is where volumes are rented.
    """
    api, tasks = MemoryApi(), set[asyncio.Task[None]]()

    def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    company = Company(Scene(api, WorldClock(speed, time.time()), script, spawn, cloud=cloud))
    await api.create(STORAGE_CLASSES, LOCAL_PATH, "k3s")
    try:
        await company.start()
        await company.nodes.register(NODE)
        await company.node_ready(NODE.name)
        await company.start_flux()
        yield api, company
    finally:
        ending = list(tasks)
        for task in ending:
            task.cancel()
        results = await asyncio.gather(*ending, return_exceptions=True)
        await company.close()
        failures = [r for r in results if isinstance(r, Exception)]
        assert not failures
