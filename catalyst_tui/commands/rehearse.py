"""``catalyst rehearse``: the whole road in a simulated world, on real parts, without an account."""

from __future__ import annotations

import argparse
import os

from catalyst_tui.commands.answering import formed, read_answers, refusal
from catalyst_tui.commands.common import programs, secrets_of, start_and_follow
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.answers import Raw
from provisioner.begin import settle_answers
from provisioner.credentials import rehearsal_token
from provisioner.errors import RehearsalError
from provisioner.home import Home
from provisioner.run import Consent
from provisioner.world import World


async def rehearse(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Play the main job to its end; running it again goes on with an interrupted run."""
    from provisioner.rehearsal import open_world

    home = Home.default().create()
    raw = read_answers(arguments.answers)
    spec, findings = formed(home, raw)
    tools = await programs(printer, "rehearsal")
    world = await open_world(
        home, speed=arguments.speed, scenario=arguments.scenario, tools=tools, say=printer.note
    )
    if arguments.source == "git":
        raw = _from_repository(raw, world)
        spec, findings = formed(home, raw)
    if spec is None:
        token = await rehearsal_token(home.rehearsal, os.environ)
        raise await refusal(home, raw, findings, world, token)
    folder = home.rehearsal.sovereign(spec.fqdn)
    await settle_answers(folder, spec, world)
    return await start_and_follow(
        printer,
        home,
        folder,
        "apply",
        world=world,
        # The rehearsal agrees to its own plan: nothing is rented.
        consent=Consent(any_price=True),
        secrets=await secrets_of(home, folder, spec),
        tools=tools,
    )


def _from_repository(raw: Raw, world: World) -> Raw:
    """Return the answers with the kit taken from the repository that the world serves."""
    if world.kit is None:
        raise RehearsalError("world_without_git")
    url, commit, path = world.kit
    source = {"mode": "git", "url": url, "commit": commit, "path": path}
    return Raw(raw.values | {"source": source}, raw.lines)
