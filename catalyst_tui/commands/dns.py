"""``catalyst dns``: the name of a Sovereign that is ready, and the look from outside, once more."""

from __future__ import annotations

import argparse
import asyncio

from catalyst_tui.commands.common import find, secrets_of, start_and_follow, world_for
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.answers import load_spec
from provisioner.errors import DnsError
from provisioner.folding import load
from provisioner.home import Home
from provisioner.run import Consent


async def dns(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Write, watch and verify the name; 4 unless it resolves and all is well from outside."""
    home = Home.default().create()
    folder = find(home, arguments)
    before = await asyncio.to_thread(load, folder.journal, folder.fqdn)
    # A run of its own would otherwise end a Sovereign as ready that is not.
    if not before.ready:
        raise DnsError("dns_before_ready", fqdn=folder.fqdn)
    spec = load_spec(folder.spec)
    world, tools = await world_for(printer, home, folder)
    ended = await start_and_follow(
        printer,
        home,
        folder,
        "dns",
        world=world,
        consent=Consent(),
        secrets=await secrets_of(home, folder, spec),
        tools=tools,
    )
    after = await asyncio.to_thread(load, folder.journal, folder.fqdn)
    well = all(phase.ok for phase in after.phases.values())
    return ended if well or ended is not Exit.DONE else Exit.INFRASTRUCTURE
