"""``catalyst reconcile``, ``suspend``, ``unsuspend``: one component or release, asked of Flux."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from catalyst_tui.commands.visiting import visiting
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.cluster import actions
from provisioner.cluster.actions import Acted, releases_of

_ASKED = {
    "reconcile": "is looked at again",
    "retry": "had failed, and tries again",
    "upgrade": "is upgraded, though nothing has changed",
    "suspend": "is left as it is from now on",
    "resume": "is taken up again",
}


async def reconcile(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Have Flux look at a component, and at what it is made from, now."""
    async with visiting(printer, arguments) as visit:
        releases = releases_of(await visit.expected(), arguments.component)
        token = visit.world.clock.now().isoformat(timespec="microseconds")
        kube = visit.cluster.kube
        _tell(printer, await actions.reconcile(kube, releases, token, force=arguments.force))
    return Exit.DONE


async def suspend(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Have Flux leave a component as it is."""
    return await _set(arguments, printer, suspended=True)


async def unsuspend(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Have Flux take a suspended component up again."""
    return await _set(arguments, printer, suspended=False)


async def _set(arguments: argparse.Namespace, printer: Printer, *, suspended: bool) -> Exit:
    async with visiting(printer, arguments) as visit:
        releases = releases_of(await visit.expected(), arguments.component)
        _tell(printer, await actions.suspend(visit.cluster.kube, releases, suspended=suspended))
    return Exit.DONE


def _tell(printer: Printer, acted: Iterable[Acted]) -> None:
    for each in acted:
        if printer.as_json:
            printer.object(each)
        else:
            printer.text(f"{each} {_ASKED[each.asked]}")
