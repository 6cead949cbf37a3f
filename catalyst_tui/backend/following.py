"""Following one Sovereign: its journal folded, batch by batch, by its world's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from provisioner.attach import runner_of, watch
from provisioner.clock import Clock
from provisioner.events import RunStarted
from provisioner.folding import fold, load
from provisioner.home import SovereignFolder
from provisioner.journal import follow
from provisioner.view import View
from provisioner.world import World

SELDOM = 1.0
"""Real seconds between two looks at a journal to which nothing is written."""


def world_clock(folder: SovereignFolder) -> Clock:
    """Return the clock of the world a Sovereign lives in, or the machine's; blocks on the disk."""
    try:
        return msgspec.json.decode(folder.world.read_bytes(), type=World).clock
    except (OSError, msgspec.MsgspecError):
        return Clock()


async def followed(folder: SovereignFolder) -> AsyncIterator[View]:
    """Yield the view now and after each batch of events, until the newest run has finished.

    Raises JournalError, and CatalystError("runner_lost") when a run ended without a word.
    """
    view = await asyncio.to_thread(load, folder.journal, folder.fqdn)
    yield view
    over = view.outcome is not None
    if over and await asyncio.to_thread(runner_of, folder) is None:
        return
    async for batch in watch(folder, view.seq):
        if batch:
            yield fold(view, batch)


async def another_run(folder: SovereignFolder, after: int) -> None:
    """Return once a run began behind ``after`` in the journal; raises JournalError."""
    async for batch in follow(folder.journal, folder.fqdn, after, poll=SELDOM):
        if any(isinstance(each.event, RunStarted) for each in batch):
            return
