"""``catalyst status --watch``: the board without a screen, asked of the cluster itself.

It needs no run: what is told follows from what the cluster says now, so that whoever begins to look
late, or again after hours, is told the same as who looked all the time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from catalyst_tui.commands.common import on_interrupt
from catalyst_tui.commands.visiting import Visit, visiting
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.cluster.feed import feeding
from provisioner.cluster.ladder import UNASKED
from provisioner.errors import CatalystError
from provisioner.events import ComponentChanged, Recorded

UNJOURNALED = 0
"""The ``seq`` of what only this command saw."""


async def board(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Print every node, source and component as it is, then what changes, until Ctrl-C."""
    async with visiting(printer, arguments) as visit:
        telling = asyncio.create_task(_tell(printer, visit))
        with on_interrupt(lambda _: _end(telling)), contextlib.suppress(asyncio.CancelledError):
            await telling
    return Exit.DONE


async def _tell(printer: Printer, visit: Visit) -> None:
    expected = await visit.expected()
    fqdn, clock = visit.folder.fqdn, visit.world.clock
    if not expected:
        raise CatalystError("board_without_kit", fqdn=fqdn)
    seen = set[str]()
    async with feeding(visit.cluster, clock, expected) as feed:
        async for batch in feed.events():
            for event in batch:
                if isinstance(event, ComponentChanged) and event.component not in seen:
                    if event.reason == UNASKED:
                        continue  # nothing is known of its probe yet: it is being asked
                    seen.add(event.component)
                printer.event(Recorded(UNJOURNALED, clock.now(), fqdn, event))


def _end(telling: asyncio.Task[None]) -> None:
    telling.cancel()
