"""``catalyst cancel``: ask a run to end."""

from __future__ import annotations

import argparse

from catalyst_tui.commands.common import find, follow_run
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.attach import cancel as ask
from provisioner.folding import load
from provisioner.home import Home


async def cancel(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Ask the live run to end and follow it until it has; 0 once it ended cancelled."""
    folder = find(Home.default(), arguments)
    seen = load(folder.journal, folder.fqdn).seq
    if not ask(folder, force=arguments.force):
        printer.note(f"No run of {folder.fqdn} is alive; there is nothing to cancel.")
        return Exit.DONE
    code = await follow_run(printer, folder, seen)
    return Exit.DONE if code is Exit.CANCELLED else code
