"""What a whole bootstrap tells on its way and at its end: the phase and the board, with the actor.

The scenarios run side by side in memory, for most of their time is waiting.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from provisioner.cluster.kit import apply_kit
from provisioner.cluster.progress import Progress
from provisioner.errors import CatalystError
from provisioner.events import AllHealthy, ComponentChanged, Event
from provisioner.facts import State
from provisioner.home import SovereignFolder
from provisioner.phases.bootstrap import bootstrap
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.script import Script
from provisioner.run import Run
from provisioner.world import World
from tests.unit.cluster.memory_cluster import MemoryCluster, install_flux
from tests.unit.cluster.test_kit import OUTPUTS, spec
from tests.unit.rehearsal_world.conftest import playing

SPEED = 100
NAMES = ("happy", "image-pull", "source-404", "flux-dead")


class Played(NamedTuple):
    """What came of a scenario."""

    told: list[Event]
    error: CatalystError | None

    @property
    def lines(self) -> dict[str, ComponentChanged]:
        """The last line of each component."""
        return {e.component: e for e in self.told if isinstance(e, ComponentChanged)}


async def _play(name: str) -> Played:
    told: list[Event] = []
    folder = SovereignFolder(Path("oman.omani.works"))
    run = Run(
        spec=spec(), folder=folder, world=World(speed=SPEED, origin=time.time()), emit=told.append
    )
    error = None
    async with playing(Script(scenarios.load(name)), SPEED) as (api, _):
        await install_flux(api)
        cluster = MemoryCluster(api)
        try:
            await bootstrap(run, cluster, await apply_kit(run, cluster, OUTPUTS))
        except CatalystError as caught:
            error = caught
    return Played(told, error)


@pytest.fixture(scope="module")
def played() -> dict[str, Played]:
    """Play all scenarios at once."""

    async def all_of_them() -> list[Played]:
        return await asyncio.gather(*map(_play, NAMES))

    return dict(zip(NAMES, asyncio.run(all_of_them()), strict=True))


def test_only_a_bootstrap_that_settled_is_told_as_healthy(played: dict[str, Played]) -> None:
    """AllHealthy is told exactly where the phase returns."""
    ready = {name for name, came in played.items() if came.error is None}
    told = {n for n, came in played.items() if any(isinstance(e, AllHealthy) for e in came.told)}
    assert told == ready == {"happy"}


@pytest.mark.parametrize("name", NAMES)
def test_the_last_word_names_the_one_component_at_fault(
    played: dict[str, Played], name: str
) -> None:
    """The error's facts hold the failed component and its sentence."""
    came = played[name]
    failed = [line for line in came.lines.values() if line.state is State.FAILED]
    if came.error is None:
        assert failed == []
        return
    assert [came.error.facts["component"]] == [line.component for line in failed]
    assert came.error.facts["detail"] == failed[0].detail
    assert came.error.code == failed[0].code


def test_image_pull_names_the_pod_within_two_minutes(played: dict[str, Played]) -> None:
    """Long before Flux gives up, the board says which image of which pod cannot be pulled."""
    named = [
        e for e in played["image-pull"].told
        if isinstance(e, ComponentChanged) and e.code == "image_pull"
    ]  # fmt: skip
    assert named[0].state is State.INSTALLING
    assert "Pod keycloak/keycloak-0" in named[0].detail


def test_progress_of_a_whole_bootstrap_only_grows(played: dict[str, Played]) -> None:
    """From nothing to all there is."""
    progress, shown = Progress(), [0.0]
    for index, event in enumerate(played["happy"].told):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=index)
        progress.advance(event, at)
        shown.append(progress.value(at))
    assert shown == sorted(shown)
    assert shown[-1] == 1.0
