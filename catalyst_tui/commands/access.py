"""``catalyst access``: which networks reach the nodes by SSH; the firewall alone is changed."""

from __future__ import annotations

import argparse

from catalyst_tui.commands.common import find, secrets_of, start_and_follow, world_for
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.answers import load_spec
from provisioner.home import Home
from provisioner.networks import admitted
from provisioner.run import Consent, NetworkChange
from provisioner.settings import load_settings


async def access(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Show the networks that are let in; with ``--allow`` or ``--withdraw``, change them."""
    home = Home.default().create()
    folder = find(home, arguments)
    spec = load_spec(folder.spec)
    change = NetworkChange(allow=tuple(arguments.allow), withdraw=tuple(arguments.withdraw))
    if change == NetworkChange():
        if printer.as_json:
            printer.object({"fqdn": folder.fqdn, "networks": spec.access.operator_cidrs})
        for network in () if printer.as_json else spec.access.operator_cidrs:
            printer.text(network)
        return Exit.DONE
    admitted(spec, change, load_settings(home))  # what is refused starts no run
    world, tools = await world_for(printer, home, folder)
    return await start_and_follow(
        printer,
        home,
        folder,
        "access",
        world=world,
        consent=Consent(networks=arguments.yes),
        networks=change,
        secrets=await secrets_of(home, folder, spec),
        tools=tools,
    )
