"""Watching a run from outside: any number of viewers, at any time, none of which slows it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

from provisioner.errors import CatalystError
from provisioner.events import Recorded, RunFinished
from provisioner.home import SovereignFolder
from provisioner.journal import JournalReader, follow
from provisioner.lock import Holder, holder
from provisioner.orphans import interrupt_survivors


def runner_of(folder: SovereignFolder) -> Holder | None:
    """Return the live runner of a Sovereign, if there is one."""
    return holder(folder.lock)


async def watch(folder: SovereignFolder, after: int = 0) -> AsyncIterator[list[Recorded]]:
    """Yield batches of events behind ``after`` until the newest run has finished.

    Batches may be empty. Raises CatalystError("runner_lost") when the runner died without a word.
    """
    async for batch in follow(folder.journal, folder.fqdn, after):
        yield batch
        if batch:
            after = batch[-1].seq
            if isinstance(batch[-1].event, RunFinished):
                return
        elif await asyncio.to_thread(_is_lost, folder, after):
            raise CatalystError("runner_lost", fqdn=folder.fqdn)


def _is_lost(folder: SovereignFolder, after: int) -> bool:
    """Return whether no runner lives, and what the last one wrote was read up to ``after``."""
    if runner_of(folder) is not None:
        return False
    with JournalReader(folder.journal, folder.fqdn) as reader:
        return reader.last() <= after


def cancel(folder: SovereignFolder, *, force: bool = False) -> bool:
    """Ask the live runner to end; ``force`` is the second step. Returns False if none lives.

    An OpenTofu that outlived its runner is asked then: whoever comes next waits for it, and an API
    that never answers keeps it at work for ever.
    """
    owner = runner_of(folder)
    if owner is None:
        interrupt_survivors(folder.lock)
        return False
    return owner.identity.send(signal.SIGTERM if force else signal.SIGINT)
