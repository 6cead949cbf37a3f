"""``catalyst doctor``: which programs would run, where they are, and what is wrong with them."""

from __future__ import annotations

import argparse

import msgspec

from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.home import Home
from provisioner.toolchain import survey


async def doctor(_arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Show the toolchain; 4 when a program is missing or broken."""
    tools = await survey()
    if printer.as_json:
        home = str(Home.default().path)
        printer.object({"home": home, "tools": [msgspec.to_builtins(tool) for tool in tools]})
    else:
        printer.text(f"home  {Home.default().path}")
        for tool in tools:
            found = f"{tool.version} ({tool.source})  {tool.path}" if tool.usable else "missing"
            printer.text(f"{tool.title:<28} {found}")
            if tool.problem is not None:
                printer.remedy(tool.problem)
    return Exit.DONE if all(tool.usable for tool in tools) else Exit.INFRASTRUCTURE
