"""``catalyst secrets``: where each secret is kept; gives out those that were made here.

A value goes to a terminal or into a private file, and nowhere else: no pipe, no log of a script.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from pydantic import SecretStr

from catalyst_tui.commands.common import credentials_of, find
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.credentials import SECRETS
from provisioner.errors import CredentialError
from provisioner.files import write_private
from provisioner.home import Home

KEEP = "Keep it where it outlives this machine, and where nobody else reads it."


async def secrets(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """List where each is kept; with ``--show`` give one out, to the terminal or to ``--to``."""
    home = Home.default()
    folder = find(home, arguments)
    name, target = arguments.show, arguments.to
    if name is None:
        for held in await (await credentials_of(home, folder)).survey():
            if printer.as_json:
                printer.object(held)
            else:
                printer.text(f"{held.name:<20} {held.rung or 'nobody holds it':<16} {held.title}")
        return Exit.DONE
    if target is None and not sys.stdout.isatty():
        raise CredentialError("secret_not_shown", name=SECRETS[name].title, secret=name)
    value = await (await credentials_of(home, folder)).require(name)
    if target is not None:
        await asyncio.to_thread(_write, target, value)
        printer.note(f"Written, readable by you alone: {target}. {KEEP}")
        return Exit.DONE
    printer.text(value.get_secret_value().rstrip())
    printer.note(KEEP)
    return Exit.DONE


def _write(target: Path, value: SecretStr) -> None:
    if target.exists():
        raise CredentialError("secret_file_exists", path=target)
    write_private(target, f"{value.get_secret_value().rstrip()}\n".encode())
