"""Every scenario, played on the kit and watched by the real board, shows what its file says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from provisioner.answers import check, read
from provisioner.clock import Clock
from provisioner.cluster.evidence import kinds
from provisioner.cluster.kit import apply_kit
from provisioner.cluster.ports import Changed, Lost, Resource, Snapshot
from provisioner.errors import BootstrapFailed, Incomplete
from provisioner.events import ComponentChanged, Event, KitApplied, NodeChanged, Remarked
from provisioner.facts import Outcome, State
from provisioner.home import Home
from provisioner.phases.bootstrap import bootstrap
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.script import Script
from provisioner.rehearsal.scenarios.model import Expectation, Scenario, Sight
from provisioner.run import Run
from provisioner.settings import load_settings
from provisioner.spec import SovereignSpec
from provisioner.world import World
from tests.unit.cluster.memory_cluster import MemoryCluster, MemoryKube, install_flux
from tests.unit.rehearsal_world.conftest import playing
from tests.unit.rehearsal_world.travel import BEGIN, travel

OUTPUTS = {"load_balancer": {"ipv4": "127.78.0.1"}}


PLAYED = [
    name
    for name in scenarios.names()
    # What happens below Kubernetes cannot be played without the programs and machines themselves.
    if not (scenarios.load(name).api or scenarios.load(name).boot or scenarios.load(name).cloud)
]


class LiveWorld(World, frozen=True, kw_only=True):
    """A world whose clock is the actor's own."""

    live: Clock

    @property
    def clock(self) -> Clock:
        """The actor's clock."""
        return self.live


def example(home: Home) -> SovereignSpec:
    """Return the answers that a rehearsal plays when it is given none."""
    with as_file(files("provisioner.rehearsal") / "example.yaml") as answers:
        spec, findings = check(read(answers), load_settings(home))
    assert spec is not None, findings
    return spec


async def outcome_of(run: Run, cluster: MemoryCluster) -> Outcome:
    """Apply the kit and watch it to the end, as a run does."""
    expected = await apply_kit(run, cluster, OUTPUTS)
    try:
        await bootstrap(run, cluster, expected)
    except BootstrapFailed:
        return Outcome.FAILED
    except Incomplete:
        return Outcome.INCOMPLETE
    return Outcome.READY


class Narrow(MemoryKube):
    """An API that has no right for us on some kinds, and does not serve others."""

    reasons: Mapping[Resource, str]

    async def watch(self, resource: Resource) -> AsyncIterator[Snapshot | Changed | Lost]:
        """Say that a kind is lost, and nothing else for ever; other kinds are as they are."""
        if resource in self.reasons:
            yield Lost(resource, self.reasons[resource])
            await asyncio.Event().wait()
        async for message in super().watch(resource):
            yield message


async def play(
    scenario: Scenario,
    folder: Path,
    *,
    ahead: float = 0.0,
    lost: Mapping[Resource, str] | None = None,
) -> tuple[Outcome, float, list[Event]]:
    """Return how a run in this scenario ended, after how many seconds, and what it told.

    The cluster's clock is ``ahead`` of ours by some seconds; ``lost`` kinds cannot be watched.
    """
    home, events = Home(folder), list[Event]()
    async with playing(Script(scenario), 1.0) as (api, company):
        await install_flux(api)
        clock = company.scene.clock
        spec = example(home)
        world = LiveWorld(name="rehearsal", live=Clock(1.0, BEGIN, -ahead))
        run = Run(spec=spec, folder=home.sovereign(spec.fqdn), world=world, emit=events.append)
        began = clock.monotonic()
        cluster = MemoryCluster(api)
        cluster.kube = Narrow(api)
        cluster.kube.reasons = lost or {}
        outcome = await outcome_of(run, cluster)
        return outcome, clock.monotonic() - began, events


@pytest.mark.parametrize("name", PLAYED)
def test_the_board_shows_what_the_scenario_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outcome, states, causes and words are those of the file's ``expect``, within its time."""
    scenario = scenarios.load(name)
    outcome, took, events = travel(play(scenario, tmp_path), monkeypatch)
    assert outcome in scenario.expect.outcome
    assert took <= scenario.expect.within
    check_components(scenario.expect, [e for e in events if isinstance(e, ComponentChanged)])
    told = " ".join(e.reason for e in events if isinstance(e, NodeChanged) and not e.ready)
    assert all(word in told for word in scenario.expect.nodes)


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_an_hour_of_clock_skew_changes_nothing_that_is_told(
    ahead: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ages and waits are counted here; what the cluster calls now is only shown."""
    scenario = scenarios.load("image-pull")
    right = travel(play(scenario, tmp_path / "right"), monkeypatch)
    skewed = travel(play(scenario, tmp_path / "skewed", ahead=ahead), monkeypatch)
    told, same = (
        [e for e in events if not isinstance(e, KitApplied)] for _, _, events in (skewed, right)
    )
    assert (skewed[0], told) == (right[0], same)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (kinds.EVENTS, Outcome.READY),
        (kinds.NODES, Outcome.READY),
        (kinds.KUSTOMIZATIONS, Outcome.READY),
        (kinds.PODS, Outcome.INCOMPLETE),
        (kinds.HELM_RELEASES, Outcome.INCOMPLETE),
    ],
    ids=lambda each: each.plural if isinstance(each, Resource) else None,
)
def test_a_kind_that_may_not_be_read_is_told_and_only_keeps_from_health_where_it_must(
    kind: Resource, outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without rights on a kind, the board tells of the rest, and is never ready blind."""
    lost = {kind: "no right to read this kind"}
    ended, _, events = travel(play(scenarios.load("happy"), tmp_path, lost=lost), monkeypatch)
    assert ended is outcome
    told = [event.text for event in events if isinstance(event, Remarked)]
    assert told == [f"{kind.plural} cannot be watched: no right to read this kind"]


def check_components(expect: Expectation, events: Sequence[ComponentChanged]) -> None:
    """Compare the board's last words on every component, and the way there, with the statement."""
    last = {event.component: event for event in events}
    for component, states in expect.passing.items():
        passed = {event.state for event in events if event.component == component}
        assert {State(state) for state in states} <= passed
    for component, event in last.items():
        sight = expect.components.get(component)
        if sight is None and not expect.others:
            continue
        seen(event, sight or Sight(state=expect.others))


def seen(event: ComponentChanged, sight: Sight) -> None:
    """Assert that one component is shown as stated."""
    assert event.state == State(sight.state), event
    told = f"{event.reason} {event.detail} {event.code}"
    assert all(word in told for word in sight.says), told
    assert event.waits_on[: len(sight.waits_on)] == sight.waits_on
