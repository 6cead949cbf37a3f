"""``catalyst describe`` and ``catalyst logs``: one component, as the cluster has it now."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator

from catalyst_tui.commands.visiting import visiting
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.cluster.detail import Container, Detail, detail
from provisioner.cluster.following import followed
from provisioner.cluster.kube import KubeClient
from provisioner.cluster.ports import LogLine
from provisioner.errors import CatalystError
from screens.logs.parsing import clean


async def describe(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Print conditions, events, containers, and commands to look further."""
    async with visiting(printer, arguments) as visit:
        component = await visit.component(arguments.component)
        found = await detail(
            visit.cluster.kube, visit.folder.fqdn, await visit.expected(), component
        )
    if printer.as_json:
        printer.object(found)
    else:
        _show(printer, found)
    return Exit.DONE


async def logs(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Print the log of a component's container: the failing one, where none is named."""
    async with visiting(printer, arguments) as visit:
        component = await visit.component(arguments.component)
        kube = visit.cluster.kube
        found = await detail(kube, visit.folder.fqdn, await visit.expected(), component)
        container = _chosen(found, arguments.container)
        where = f"{container.namespace}/{container.pod}, container {container.name}"
        printer.note(f"Log of {where}:")
        async for line in _lines(kube, container, arguments):
            _print(printer, container, line)
    return Exit.DONE


def _lines(
    kube: KubeClient, container: Container, arguments: argparse.Namespace
) -> AsyncIterator[LogLine]:
    if arguments.follow:
        return followed(kube, container, lines=arguments.lines)
    return kube.log(
        container.namespace,
        container.pod,
        container.name,
        lines=arguments.lines,
        previous=arguments.previous,
    )


def _chosen(found: Detail, wanted: str | None) -> Container:
    """Return the container named as ``pod`` or ``pod/container``; else the worst."""
    for each in found.containers:
        if wanted is None or wanted in {each.pod, f"{each.pod}/{each.name}"}:
            return each
    raise CatalystError("log_missing", component=found.component)


def _print(printer: Printer, container: Container, line: LogLine) -> None:
    told = clean(line.text)
    if printer.as_json:
        where = {"pod": container.pod, "container": container.name}
        printer.object({**where, "at": line.at, "line": told})
    else:
        printer.text(told)


def _show(printer: Printer, found: Detail) -> None:
    printer.text(f"{found.component}  {found.title}".rstrip())
    for condition in found.conditions:
        said = f"{condition.type}={condition.status} {condition.reason}"
        printer.text(f"  {condition.object}  {said}  {condition.message}".rstrip())
    for each in found.containers:
        printer.text(f"  Container {each.pod}/{each.name}  {each.said}".rstrip())
    for event in found.events:
        times = f" (x{event.count})" if event.count > 1 else ""
        printer.text(f"  {event.last} {event.object} {event.reason}: {event.message}{times}")
    for command in found.commands:
        printer.text(f"  $ {command}")
