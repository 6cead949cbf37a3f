"""``catalyst destroy``: everything is given back, and the empty listing is shown."""

from __future__ import annotations

import argparse

from catalyst_tui.commands.common import find, secrets_of, start_and_follow, world_for
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.errors import Misnamed
from provisioner.home import Home
from provisioner.kept_answers import spec_for
from provisioner.run import Consent
from provisioner.runner.order import Command


async def destroy(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """List what would go; with ``--confirm`` and the name typed again, take it down."""
    home = Home.default().create()
    folder = find(home, arguments)
    confirmed = arguments.confirm == folder.fqdn
    if arguments.confirm is not None and not confirmed:
        raise Misnamed("destroy_misnamed", fqdn=folder.fqdn, typed=arguments.confirm)
    # A mere look leaves the Sovereign where it stands.
    command: Command = "destroy" if confirmed else "inventory"
    spec, _ = spec_for(folder, command)
    world, tools = await world_for(printer, home, folder)
    return await start_and_follow(
        printer,
        home,
        folder,
        command,
        world=world,
        consent=Consent(
            destroy=confirmed,
            unprotect=arguments.unprotect,
            keep_volumes=arguments.keep_volumes,
        ),
        secrets=await secrets_of(home, folder, spec),
        tools=tools,
    )
