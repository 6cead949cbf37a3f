"""``catalyst forget``: remove what is kept of a Sovereign of which nothing is rented."""

from __future__ import annotations

import argparse

from catalyst_tui.commands.common import credentials_of, find
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.credentials import SECRETS
from provisioner.errors import Misnamed
from provisioner.forgetting import forget_sovereign
from provisioner.home import Home


async def forget(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Remove a Sovereign's folder and its own secrets, its name typed twice."""
    home = Home.default()
    folder = find(home, arguments)
    if arguments.confirm != folder.fqdn:
        typed = arguments.confirm or ""
        raise Misnamed("forget_misnamed", fqdn=folder.fqdn, typed=typed)
    kept = await credentials_of(home, folder)
    await forget_sovereign(folder)
    for name, secret in SECRETS.items():
        if not secret.shared:
            await kept.forget(name)
    if printer.as_json:
        printer.object({"fqdn": folder.fqdn, "forgotten": True})
    else:
        printer.text(f"{folder.fqdn} is forgotten: its answers, journal, logs and secrets.")
    return Exit.DONE
