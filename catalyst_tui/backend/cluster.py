"""The running cluster of a Sovereign, visited for the screens: details, logs, wishes to Flux."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from catalyst_tui.backend.batching import batches
from catalyst_tui.backend.shared import Shared
from provisioner.cluster import actions
from provisioner.cluster.actions import Acted, component_of, releases_of
from provisioner.cluster.detail import Container, Detail, detail
from provisioner.cluster.following import followed
from provisioner.facts import ExpectedComponent
from provisioner.folding import load
from provisioner.handoff import Administrator, first_administrator
from provisioner.home import SovereignFolder

if TYPE_CHECKING:
    from catalyst_tui.backend.engine import EngineBackend
    from provisioner.cluster.opened import ClusterAccess
    from provisioner.cluster.ports import LogLine

LOOK = 3.0
"""Real seconds between two looks at a component at least: each lists every watched kind once."""
SHARE = 5
"""How many times as long as a look the pause behind it is at least: large clusters are spared."""
EVERY = 0.25
"""Real seconds between two batches of log lines."""
BEHIND = 200
"""Lines of a log that are shown to somebody who comes late."""


class ClusterDesk:
    """Implements screens.ports_cluster for one Sovereign."""

    def __init__(self, backend: EngineBackend, folder: SovereignFolder) -> None:
        self._backend = backend
        self._folder = folder
        self._way = Shared(self._opened)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[ClusterAccess]:
        folder, backend = self._folder, self._backend
        # Imported in a thread: SSH and pydantic take a noticeable time, and keys must not wait.
        visits = await asyncio.to_thread(import_module, "provisioner.visit")
        answers = await asyncio.to_thread(import_module, "provisioner.answers")
        spec = await asyncio.to_thread(answers.load_spec, folder.spec)
        runs = await backend.part_runs()
        world = await runs.world(await runs.programs() if backend.rehearsed else {})
        keys = await (await backend.part_keys()).ladder(folder.fqdn)
        async with visits.visit(folder, spec, await keys.secrets(), world) as cluster:
            yield cluster

    async def _expected(self) -> tuple[ExpectedComponent, ...]:
        view = await asyncio.to_thread(load, self._folder.journal, self._folder.fqdn)
        return view.kit.components if view.kit is not None else ()

    async def details(self, component: str) -> AsyncGenerator[Detail]:
        """Yield what the cluster says of a component, now and every few seconds, for ever."""
        known = await self._expected()
        found = component_of(known, component)
        async with self._way.use() as cluster:
            while True:
                began = time.monotonic()
                seen = await detail(cluster.kube, self._folder.fqdn, known, found)
                took = time.monotonic() - began
                yield seen
                await asyncio.sleep(max(LOOK, SHARE * took))

    async def log(self, container: Container) -> AsyncGenerator[Sequence[str]]:
        """Yield a container's last lines, then new ones, through all its runs."""
        async with (
            self._way.use() as cluster,
            aclosing(followed(cluster.kube, container, lines=BEHIND)) as log,
            aclosing(_texts(log)) as lines,
            aclosing(batches(lines, EVERY)) as gathered,
        ):
            async for batch in gathered:
                yield batch

    async def reconcile(self, component: str) -> Sequence[Acted]:
        """Have Flux look at a component again, and at what it is made from."""
        releases = releases_of(await self._expected(), component)
        token = self._backend.now().isoformat(timespec="microseconds")
        async with self._way.use() as cluster:
            return await actions.reconcile(cluster.kube, releases, token)

    async def suspend(self, component: str, *, suspended: bool) -> Sequence[Acted]:
        """Have Flux leave a component as it is, or take it up again."""
        releases = releases_of(await self._expected(), component)
        async with self._way.use() as cluster:
            return await actions.suspend(cluster.kube, releases, suspended=suspended)

    async def administrator(self) -> Administrator:
        """Return the first administrator, read from the cluster now; it is kept nowhere."""
        known = await self._expected()
        async with self._way.use() as cluster:
            return await first_administrator(cluster.kube, known)


async def _texts(lines: AsyncIterator[LogLine]) -> AsyncGenerator[str]:
    async for line in lines:
        yield line.text
