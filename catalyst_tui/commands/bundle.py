"""``catalyst bundle``: one redacted archive of a run, for whoever is asked for help."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import msgspec

from catalyst_tui.commands.common import credentials_of, find
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.bundle import write_bundle
from provisioner.credentials.names import SECRETS
from provisioner.errors import CatalystError, HomeError
from provisioner.home import Home, SovereignFolder
from provisioner.redaction import Redactor
from provisioner.toolchain import survey

UNKNOWN = "Not every secret could be read ({code}): look through the logs before you send them."


async def bundle(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Pack journal, logs, doctor's findings and a summary of the cause; say where they are."""
    home = Home.default()
    folder = find(home, arguments)
    target: Path = arguments.output or Path(f"catalyst-{folder.fqdn}.tar.gz")
    tools = [msgspec.to_builtins(tool) for tool in await survey()]
    redactor = await _redactor(home, folder, printer)
    try:
        packed = await asyncio.to_thread(
            write_bundle, folder, target, redactor, {"tools": tools}, home.defects
        )
    except OSError as error:
        raise HomeError("bundle_unwritable", path=target, reason=error.strerror) from error
    if printer.as_json:
        printer.object({"fqdn": folder.fqdn, "path": str(target)} | packed._asdict())
        return Exit.DONE
    printer.text(
        f"{target}  {len(packed.files)} files, secrets masked; cause.md says what happened"
    )
    for each in packed.missing:
        printer.text(f"  not in it: {each}")
    return Exit.DONE


async def _redactor(home: Home, folder: SovereignFolder, printer: Printer) -> Redactor:
    """Return what masks every secret that can be had; a closed store keeps nobody from packing."""
    found = []
    try:
        kept = await credentials_of(home, folder)
        for name in SECRETS:
            value = await kept.get(name)
            if value is not None:
                found.append(value)
    except CatalystError as error:
        printer.note(UNKNOWN.format(code=error.code))
    return Redactor(found)
