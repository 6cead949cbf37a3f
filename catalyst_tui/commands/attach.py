"""``catalyst attach``: follow a run; Ctrl-C detaches and the run goes on."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from catalyst_tui.commands.common import find, follow_run, on_interrupt
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.home import Home


async def attach(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Print the journal from its start, or from behind ``--after``, until the run has finished."""
    folder = find(Home.default(), arguments)
    following = asyncio.create_task(follow_run(printer, folder, arguments.after))
    with on_interrupt(lambda _: _detach(following)), contextlib.suppress(asyncio.CancelledError):
        return await following
    printer.note("Detached: the run goes on.")
    return Exit.DONE


def _detach(following: asyncio.Task[Exit]) -> None:
    following.cancel()
