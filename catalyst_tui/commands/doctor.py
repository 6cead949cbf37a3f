"""``catalyst doctor``: which programs would run, where they are, and what is wrong with them."""

from __future__ import annotations

import argparse

import msgspec

from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.home import Home
from provisioner.toolchain import ensure, survey
from provisioner.toolchain.lines import Lines


async def doctor(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Show the toolchain, and make before what is missing if asked to; 4 when something is."""
    if arguments.make:
        await ensure(report=Lines(printer.note, all_ready=False).hear)
    tools = await survey()
    if printer.as_json:
        home = str(Home.default().path)
        printer.object({"home": home, "tools": [msgspec.to_builtins(tool) for tool in tools]})
    else:
        width = max(len(tool.title) for tool in tools)
        printer.text(f"{'home':<{width}} {Home.default().path}")
        for tool in tools:
            found = f"{tool.version} ({tool.source})  {tool.path}" if tool.usable else "missing"
            printer.text(f"{tool.title:<{width}} {found}")
            if tool.problem is not None:
                printer.remedy(tool.problem)
    return Exit.DONE if all(tool.usable for tool in tools) else Exit.INFRASTRUCTURE
