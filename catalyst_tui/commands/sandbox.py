"""``catalyst sandbox hetzner``: the simulated cloud by itself, to try one's own tools on."""

from __future__ import annotations

import argparse
import os
import secrets
import time

from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.clock import Clock

TOKEN_BYTES = 32


async def hetzner(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Print the two variables that Hetzner's tools read, and serve until SIGINT or SIGTERM.

    A token that stands in HCLOUD_TOKEN is used, so that none has to stand in argv; else one is
    made. One in HCLOUD_READ_TOKEN may only read. With ``--json`` the variables are one object.
    """
    from provisioner.rehearsal.hetzner.sandbox import Sandbox, Setup

    token = os.environ.get("HCLOUD_TOKEN") or secrets.token_hex(TOKEN_BYTES)

    def ready(endpoint: str) -> None:
        variables = {"HCLOUD_ENDPOINT": endpoint, "HCLOUD_TOKEN": token}
        if printer.as_json:
            printer.object(variables)
            return
        for name, value in variables.items():
            printer.text(f"export {name}={value}")
        printer.note(
            "A simulated Hetzner Cloud: paste these lines into another shell. Ctrl-C ends it."
        )

    sandbox = Sandbox(
        token,
        arguments.folder,
        arguments.port,
        Setup.read(arguments.setup) if arguments.setup else Setup(),
        Clock(arguments.speed, time.time()),
        arguments.scale,
        os.environ.get("HCLOUD_READ_TOKEN", ""),
    )
    await sandbox.run(ready)
    return Exit.DONE
