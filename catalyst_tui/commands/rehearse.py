"""``catalyst rehearse``: the whole road in a simulated world, on real parts, without an account."""

from __future__ import annotations

import argparse
from importlib.resources import as_file, files
from pathlib import Path

from catalyst_tui.commands.common import programs, secrets_of, start_and_follow
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.answers import check, read
from provisioner.begin import settle_answers
from provisioner.errors import AnswersRefused
from provisioner.home import Home
from provisioner.run import Consent
from provisioner.settings import load_settings
from provisioner.spec import SovereignSpec


async def rehearse(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Play the main job to its end; running it again goes on with an interrupted run."""
    from provisioner.rehearsal import open_world

    home = Home.default().create()
    spec = answered(home, arguments.answers)
    folder = home.rehearsal.sovereign(spec.fqdn)
    tools = await programs(printer, "rehearsal")
    world = await open_world(
        home, speed=arguments.speed, scenario=arguments.scenario, tools=tools, say=printer.note
    )
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


def answered(home: Home, answers: Path | None) -> SovereignSpec:
    """Return the spec of an answers file, or of the example; raises AnswersRefused."""
    settings = load_settings(home)
    if answers is not None:
        spec, findings = check(read(answers), settings)
    else:
        with as_file(files("provisioner.rehearsal") / "example.yaml") as example:
            spec, findings = check(read(example), settings)
    if spec is None:
        raise AnswersRefused(findings=findings)
    return spec
