"""``catalyst handoff``: the page to give away, and on request the first administrator."""

from __future__ import annotations

import argparse
import asyncio

import msgspec

from catalyst_tui.commands.common import find
from catalyst_tui.commands.visiting import visiting
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.folding import load
from provisioner.handoff import first_administrator, handoff_of, markdown
from provisioner.home import Home

ONCE = "Read from the cluster; it is stored nowhere. Change it after the first sign-in."


async def handoff(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Print what was checked, as it was seen last; with ``--administrator`` only that."""
    if arguments.administrator:
        return await _administrator(arguments, printer)
    folder = find(Home.default(), arguments)
    page = handoff_of(await asyncio.to_thread(load, folder.journal, folder.fqdn))
    if printer.as_json:
        told = msgspec.to_builtins(page)
        printer.object({"type": "handoff", **told, "whole": page.whole})
    else:
        printer.text(markdown(page).rstrip())
    return Exit.DONE


async def _administrator(arguments: argparse.Namespace, printer: Printer) -> Exit:
    async with visiting(printer, arguments) as visit:
        found = await first_administrator(visit.cluster.kube, await visit.expected())
    password = found.password.get_secret_value()
    if printer.as_json:
        printer.object({"type": "administrator", "username": found.username, "password": password})
    else:
        printer.text(f"username  {found.username}")
        printer.text(f"password  {password}")
    printer.note(ONCE)
    return Exit.DONE
