"""A short visit to the cluster of a Sovereign, beside its run or long after it.

It needs what the journal knows of the servers and the host keys that were pinned when they were
met. Nothing is rotated, awaited for long or journaled here: that is the runner's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from provisioner.cluster.link import Link
from provisioner.cluster.opened import ClusterAccess, opened
from provisioner.cluster.operator_key import operator_key
from provisioner.cluster.patience import Bound, Patience
from provisioner.cluster.pins import Pins, Standing
from provisioner.cluster.ssh import Node
from provisioner.errors import AccessError
from provisioner.events import Event, Remarked
from provisioner.folding import load
from provisioner.home import SovereignFolder
from provisioner.phases.access import nodes_of
from provisioner.spec import SovereignSpec
from provisioner.view import View
from provisioner.world import World

BRIEF = Patience(
    rotation=Bound(60, 15), api=Bound(30, 15), reconnect=Bound(30, 20), kind=Bound(10, 5)
)
"""Somebody sits and waits: soon rather than surely."""


@asynccontextmanager
async def visit(
    folder: SovereignFolder,
    spec: SovereignSpec,
    secrets: Mapping[str, SecretStr],
    world: World,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[ClusterAccess]:
    """Yield the cluster of a Sovereign for as long as the block lasts.

    ``say`` is told when the connection is lost. Raises AccessError, ClusterError, JournalError.
    """
    view = await asyncio.to_thread(load, folder.journal, folder.fqdn)
    planes = await asyncio.to_thread(_met, folder, view, world.ssh_port)

    def hear(event: Event) -> None:
        if isinstance(event, Remarked):
            say(event.text)

    key = await operator_key(spec.access.ssh_key, secrets)
    link = Link(planes, key, world.clock, hear, patience=BRIEF)
    async with link, opened(link) as cluster:
        yield cluster


def _met(folder: SovereignFolder, view: View, port: int) -> list[Node]:
    """Return the control planes that were met and have host keys of their own."""
    if not view.outputs or view.inventory == ():
        raise AccessError("sovereign_not_met", fqdn=folder.fqdn)
    planes, _ = nodes_of(view.outputs, port)
    pins = Pins(folder.path / "known_hosts")
    found = [(node, pins.find(node.address, node.port, node.server)) for node in planes]
    met = [node.proving(pin.key) for node, pin in found if pin and pin.standing is Standing.PINNED]
    if not met:
        raise AccessError("sovereign_not_met", fqdn=folder.fqdn)
    return met
