"""What the commands share that visit a cluster beside its run: no runner, no lock, no OpenTofu."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from catalyst_tui.commands.common import credentials_of, find
from catalyst_tui.headless.printer import Printer
from provisioner.answers import load_spec
from provisioner.begin import world_of
from provisioner.cluster.actions import component_of
from provisioner.cluster.opened import ClusterAccess
from provisioner.facts import ExpectedComponent
from provisioner.folding import load
from provisioner.home import Home, SovereignFolder
from provisioner.redaction import Redactor, guard_process
from provisioner.toolchain import ensure, names
from provisioner.toolchain.lines import Lines
from provisioner.visit import visit
from provisioner.world import World


@dataclass(frozen=True)
class Visit:
    """A cluster that is open for one command."""

    folder: SovereignFolder
    world: World
    cluster: ClusterAccess

    async def expected(self) -> tuple[ExpectedComponent, ...]:
        """Return the components of the kit that was applied last."""
        view = await asyncio.to_thread(load, self.folder.journal, self.folder.fqdn)
        return view.kit.components if view.kit is not None else ()

    async def component(self, name: str) -> ExpectedComponent:
        """Return one of them; raises Misnamed."""
        return component_of(await self.expected(), name)


@asynccontextmanager
async def visiting(printer: Printer, arguments: argparse.Namespace) -> AsyncIterator[Visit]:
    """Open the cluster of the Sovereign that is named, real or rehearsed, for one command."""
    home = Home.default()
    folder = find(home, arguments)
    spec = load_spec(folder.spec)
    world = await _world(printer, home, folder)
    secrets = await (await credentials_of(home, folder)).secrets()
    guard_process(Redactor(secrets.values()))
    async with visit(folder, spec, secrets, world, say=printer.note) as cluster:
        yield Visit(folder, world, cluster)


async def _world(printer: Printer, home: Home, folder: SovereignFolder) -> World:
    """Return the world that a Sovereign lives in, awake; a real one needs no program for this."""
    world = world_of(folder)
    if not world.rehearsed:
        return world
    from provisioner.rehearsal import open_world

    found = await ensure(names("rehearsal"), Lines(printer.note, all_ready=False).hear)
    tools = {name: tool.path for name, tool in found.items()}
    return await open_world(home, tools=tools, say=printer.note)
