"""``catalyst edit``: change the answers of a Sovereign; the next plan shows what that means."""

from __future__ import annotations

import argparse

from catalyst_tui.commands.common import WAITS, find
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.answers import to_yaml
from provisioner.editing import edit as change
from provisioner.errors import AnswersRefused
from provisioner.home import Home
from provisioner.settings import load_settings


async def edit(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Put each ``--set key=value`` into the answers, judged whole; nothing is rented by it."""
    if not arguments.set:
        raise AnswersRefused("edit_nothing")
    home = Home.default()
    folder = find(home, arguments)
    spec = await change(
        folder,
        arguments.set,
        load_settings(home),
        on_wait=lambda: printer.note(WAITS),
    )
    if printer.as_json:
        printer.object({"fqdn": spec.fqdn, "answers": spec.model_dump(mode="json")})
    else:
        printer.text(to_yaml(spec).rstrip())
        printer.note(f"Saved. `catalyst plan {spec.fqdn}` shows what it changes and what it costs.")
    return Exit.DONE
