"""``catalyst plan``, ``apply`` and ``resume``: a Sovereign on its road, real or rehearsed."""

from __future__ import annotations

import argparse

from catalyst_tui.commands.answering import formed, read_answers, refusal
from catalyst_tui.commands.common import (
    credentials_of,
    find,
    secrets_of,
    start_and_follow,
    world_for,
)
from catalyst_tui.exits import Exit
from catalyst_tui.headless.printer import Printer
from provisioner.begin import settle_answers
from provisioner.checks.wanted import chosen_fqdn
from provisioner.errors import AnswersRefused, DecisionNeeded
from provisioner.home import Home, SovereignFolder
from provisioner.kept_answers import spec_for
from provisioner.run import Consent
from provisioner.runner.order import Command
from provisioner.world import REAL


async def plan(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Plan and price, then stop: nothing is rented."""
    return await _go(arguments, printer, "plan", Consent())


async def apply(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Apply the plan named by its SHA-256, or any up to a price; goes on with a begun run."""
    if arguments.plan is None and not arguments.yes:
        raise DecisionNeeded("consent_missing")
    limit = arguments.max_monthly if arguments.yes else None
    consent = Consent(
        plan=arguments.plan, max_monthly=limit, wait_for_stock=arguments.wait_for_stock
    )
    return await _go(arguments, printer, "apply", consent)


async def resume(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Go on with an interrupted run, if the rest is what was agreed to."""
    consent = Consent(wait_for_stock=arguments.wait_for_stock)
    return await _go(arguments, printer, "resume", consent)


async def _go(
    arguments: argparse.Namespace, printer: Printer, command: Command, consent: Consent
) -> Exit:
    home = Home.default().create()
    folder = await _folder(home, arguments)
    spec, _ = spec_for(folder, command)
    world, tools = await world_for(printer, home, folder)
    return await start_and_follow(
        printer,
        home,
        folder,
        command,
        world=world,
        consent=consent,
        secrets=await secrets_of(home, folder, spec),
        tools=tools,
    )


async def _folder(home: Home, arguments: argparse.Namespace) -> SovereignFolder:
    """Return the Sovereign that is named, or the one that the answers file makes."""
    answers = getattr(arguments, "answers", None)
    if answers is None:
        return find(home, arguments)
    if arguments.which == "rehearsed":
        raise AnswersRefused("answers_are_real", file=answers)
    raw = read_answers(answers)
    spec, findings = formed(home, raw)
    if spec is None:
        kept = await credentials_of(home, home.sovereign(chosen_fqdn(raw.values) or ""))
        raise await refusal(home, raw, findings, REAL, await kept.get("hcloud_token"))
    folder = home.sovereign(spec.fqdn)
    await settle_answers(folder, spec, REAL)
    return folder
