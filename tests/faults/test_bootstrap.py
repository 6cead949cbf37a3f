"""A bootstrap that is struck again and again: one Sovereign, one API server, and it gets ready.

``CATALYST_FAULT_BOOTSTRAPS`` says how often it is struck; ``CATALYST_FAULT_SEED`` begins the draws.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import cast

import pytest

from catalyst_tui.commands.answering import formed, read_answers
from provisioner.attach import watch
from provisioner.begin import settle_answers
from provisioner.credentials import open_rehearsal_credentials
from provisioner.credentials.preparing import prepare_secrets
from provisioner.errors import CatalystError
from provisioner.events import PhaseStarted, ResourceFinished, RunFinished
from provisioner.facts import Outcome, PhaseName, State
from provisioner.home import Home
from provisioner.journal import JournalReader
from provisioner.rehearsal import close_world, open_world
from provisioner.rehearsal.hetzner.cloud import Cloud
from provisioner.run import Consent
from provisioner.tofu.workspace import STATE
from tests.faults.campaign import kill
from tests.integration.rented import Rented

SPEED = 100.0
STRIKES = 1
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
MOST_EVENTS = 60
"""Events of a run from access on, before which it is struck."""

_TARGET = "load_balancer_target"
"""No import knows one: it is asked for again, and Hetzner says that it is there already."""

pytestmark = pytest.mark.timeout(1800)


async def test_a_bootstrap_that_is_struck_goes_on_until_it_is_ready(
    tmp_path: Path, tools: Mapping[str, Path], rehearsal_tools: Mapping[str, Path]
) -> None:
    """Nothing is rented twice, no ending is without a name, and all of it can be taken down."""
    seed = int(os.environ.get("CATALYST_FAULT_SEED", "0").partition("-")[0])
    random = Random(seed)
    strikes = int(os.environ.get("CATALYST_FAULT_BOOTSTRAPS", STRIKES))
    async with _rehearsed(Home(tmp_path / "state"), tools, rehearsal_tools) as sovereign:
        await _bereft(sovereign)
        for number in range(strikes):
            told = f"CATALYST_FAULT_SEED={seed}, strike {number}"
            await _struck(sovereign, random.randint(0, MOST_EVENTS), random.choice(SIGNALS), told)
        ended = await sovereign.run("resume", Consent(any_price=True))
        assert ended.outcome is Outcome.READY, ended
        states = {name: line.state for name, line in sovereign.view.components.items()}
        assert set(states.values()) == {State.HEALTHY}, states
        ended = await sovereign.run("destroy", Consent(destroy=True, keep_volumes=False))
        assert (ended.outcome, sovereign.view.inventory) == (Outcome.DESTROYED, ())
        _check_journal(sovereign)


async def _bereft(sovereign: Rented) -> None:
    """Take OpenTofu away while it rents, so that no state knows the machines that boot.

    On a busy machine it may have been quicker: then its state is taken.
    """
    after = await sovereign.start("resume", Consent(any_price=True))
    await sovereign.until(
        after, lambda each: isinstance(each, ResourceFinished) and each.kind == "server"
    )
    kill(sovereign, "tofu")
    await sovereign.finish(after)
    for state in sovereign.folder.tofu.glob(f"{STATE}*"):
        state.unlink()


async def _struck(sovereign: Rented, events: int, number: signal.Signals, told: str) -> None:
    """Let a run come to the cluster, strike after so many events more, and see it end."""
    after = await sovereign.start("resume", Consent(any_price=True))
    seen = -1
    try:
        async for batch in watch(sovereign.folder, after):
            for each in batch:
                there = (
                    isinstance(each.event, PhaseStarted) and each.event.phase is PhaseName.ACCESS
                )
                seen += there or seen >= 0
                if seen == events:
                    sovereign.runner.send(number)
                if isinstance(each.event, RunFinished):
                    outcome = each.event.outcome
                    assert outcome in (Outcome.CANCELLED, Outcome.READY), f"{told}: {each.event}"
    except CatalystError as error:
        if error.code != "runner_lost":
            raise


@asynccontextmanager
async def _rehearsed(
    home: Home, tools: Mapping[str, Path], rehearsal_tools: Mapping[str, Path]
) -> AsyncIterator[Rented]:
    """Yield a Sovereign in a rehearsed world, whose end is the end of that world."""
    home.create()
    world = await open_world(home, speed=SPEED, tools=rehearsal_tools)
    try:
        spec, findings = formed(home, read_answers(None))
        assert spec is not None, findings
        folder = home.rehearsal.sovereign(spec.fqdn)
        await settle_answers(folder, spec, world)
        kept = await open_rehearsal_credentials(home.rehearsal, spec.fqdn, {})
        secrets = await prepare_secrets(kept, spec)
        # The cloud lives in the world's own process.
        nowhere = cast(Cloud, None)
        yield Rented(
            home.rehearsal, folder, nowhere, world, {**tools, **rehearsal_tools}, secrets, spec, {}
        )
    finally:
        await asyncio.shield(close_world(home))


def _check_journal(sovereign: Rented) -> None:
    """Hold that all is told, that each end is named, and that each thing was made once."""
    with JournalReader(sovereign.folder.journal, sovereign.folder.fqdn) as reader:
        events = [each.event for each in reader.read_all()]
    ends = [each for each in events if isinstance(each, RunFinished)]
    assert [
        each for each in ends if each.remedy is not None and each.remedy.code == "unexpected"
    ] == []
    made = [
        each.address
        for each in events
        if isinstance(each, ResourceFinished) and each.action == "create" and each.kind != _TARGET
    ]
    assert len(made) == len(set(made)), made
