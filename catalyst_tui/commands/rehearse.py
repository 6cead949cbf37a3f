"""``catalyst rehearse``: the whole road in a simulated world, on real parts, without an account."""

from __future__ import annotations

import argparse
import os

from catalyst_tui.commands.answering import formed, read_answers, refusal
from catalyst_tui.commands.common import programs, secrets_of, start_and_follow
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.begin import settle_answers
from provisioner.credentials import rehearsal_token
from provisioner.home import Home
from provisioner.run import Consent


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
