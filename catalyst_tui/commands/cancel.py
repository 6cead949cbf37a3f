"""``catalyst cancel``: ask a run to end."""

from __future__ import annotations

import argparse

from catalyst_tui.commands.common import find, follow_run
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.attach import cancel as ask
from provisioner.folding import load
from provisioner.home import Home
from provisioner.lock import is_free


async def cancel(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Ask the live run to end and follow it until it has; 0 once it ended cancelled."""
    folder = find(Home.default(), arguments)
    seen = load(folder.journal, folder.fqdn).seq
    at_work = not is_free(folder.lock)
    if not ask(folder, force=arguments.force):
        said = "what outlived one is asked to end" if at_work else "there is nothing to cancel"
        printer.note(f"No run of {folder.fqdn} is alive; {said}.")
        return Exit.DONE
    code = await follow_run(printer, folder, seen)
    return Exit.DONE if code is Exit.CANCELLED else code
