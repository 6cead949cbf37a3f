"""``catalyst kubeconfig``: a way for kubectl into a cluster whose API has no open port.

The API is reached through SSH only, so a kubeconfig names a local port, and works for as long as
this command serves it: also over a connection that is lost and comes back.
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

from catalyst_tui.commands.common import on_interrupt
from catalyst_tui.commands.visiting import Visit, visiting
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.cluster.gateway import gateway
from provisioner.cluster.kubeconfig import merge, render, write

SERVES = "Serving the Kubernetes API of {fqdn} on 127.0.0.1:{port} until Ctrl-C."
BACKED_UP = "The file as it was: {backup}."
KEPT = "Your current context is unchanged: `kubectl --context {context}`."


async def kubeconfig(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Write, merge or print a kubeconfig, and serve the API it names until Ctrl-C."""
    done = asyncio.Event()
    async with (
        visiting(printer, arguments) as visit,
        gateway(visit.cluster.link, arguments.port) as served,
    ):
        server = f"https://127.0.0.1:{served.port}"
        await asyncio.to_thread(_give, arguments, printer, visit, server)
        with on_interrupt(lambda _: done.set()):
            printer.note(SERVES.format(fqdn=visit.folder.fqdn, port=served.port))
            ended = asyncio.create_task(done.wait())
            broken = asyncio.create_task(served.broken())
            await asyncio.wait({ended, broken}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if not done.is_set():
                raise broken.result()
            broken.cancel()
    return Exit.DONE


def _give(arguments: argparse.Namespace, printer: Printer, visit: Visit, server: str) -> None:
    """Give a kubeconfig as it was asked for; with ``--json`` one object says where, or holds it."""
    name, identity = visit.folder.fqdn, visit.cluster.identity
    told: dict[str, object] = {"type": "kubeconfig", "fqdn": name, "server": server}
    if arguments.write is not None:
        write(arguments.write, identity, name, server)
        printer.note(f"Written: {arguments.write}.")
        told["path"] = str(arguments.write)
    elif arguments.merge is not None:
        merged = merge(arguments.merge, identity, name, server, datetime.now(UTC))
        if merged.backup is not None:
            printer.note(BACKED_UP.format(backup=merged.backup))
        if not merged.current:
            printer.note(KEPT.format(context=merged.context))
        told |= {"path": str(arguments.merge), "backup": str(merged.backup or "")}
    elif printer.as_json:
        told["kubeconfig"] = render(identity, name, server)
    else:
        printer.text(render(identity, name, server).rstrip())
    if printer.as_json:
        printer.object(told)
