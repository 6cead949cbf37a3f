"""Every scenario, from nothing to its end, on real programs: the journal says what its file states.

The memory tests hold the board to the same statements; here the whole road is between them. Two
rehearsals run side by side, each in a home of its own, for much of a run is waiting.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from catalyst_tui.exits import Exit
from provisioner.events import (
    ComponentChanged,
    DecisionOffered,
    Event,
    KitApplied,
    NodeChanged,
    OutsideChecked,
    PhaseFinished,
    ResourceRetried,
    RunFinished,
)
from provisioner.facts import Outcome, PhaseName
from provisioner.home import Home
from provisioner.journal import JournalReader
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.scenarios.model import Scenario
from tests.unit.rehearsal_world.test_playing import check_components

pytestmark = pytest.mark.timeout(900)

FQDN = "oman.omani.works"
AT_ONCE = 2
SECONDS = 240.0
REAL = 20.0
"""Real seconds that real programs have for what a scenario grants, so that none is too fast."""
BOOT = 3.0
"""Real seconds that they have for the rest of a first boot before a node is lost."""
SPEEDS = (60.0, 240.0)
FAILED = {PhaseName.ACCESS: Exit.INFRASTRUCTURE, PhaseName.BOOTSTRAP: Exit.BOOTSTRAP}


class Played(NamedTuple):
    """One rehearsal, as its journal holds it."""

    events: list[Event]
    within: float | None
    """Seconds of the world's clock from the kit's acceptance to the end of the bootstrap."""
    code: int
    said: str

    @property
    def finished(self) -> RunFinished:
        """The last word."""
        last = self.events[-1]
        assert isinstance(last, RunFinished), self.said
        return last


@pytest.fixture(scope="module")
def played(
    tools: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Played]:
    """Play all scenarios to their ends."""
    assert tools
    root = tmp_path_factory.mktemp("scenarios")
    # The longest first, so that none is left alone at the end.
    names = sorted(scenarios.names(), key=lambda name: -scenarios.load(name).expect.within)

    with ThreadPoolExecutor(AT_ONCE) as few:
        return dict(zip(names, few.map(lambda name: _play(root / name, name), names), strict=True))


def _play(home: Path, name: str) -> Played:
    command = [
        *(sys.executable, "-m", "catalyst_tui.cli", "rehearse", "--headless", "--json"),
        *("--speed", f"{_speed(scenarios.load(name)):g}", "--scenario", name),
    ]
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"CATALYST_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return _read(home, done.returncode, done.stdout)
    finally:
        # The world ends when its home goes.
        shutil.rmtree(home, ignore_errors=True)


def _speed(scenario: Scenario) -> float:
    least, most = SPEEDS
    losses = [fault.after / BOOT for fault in scenario.nodes if fault.after]
    wanted = max(least, min(most, scenario.expect.within / REAL, *losses))
    return min(wanted, scenario.fastest)


def _read(home: Path, code: int, said: str) -> Played:
    with JournalReader(Home(home).rehearsal.sovereign(FQDN).journal, FQDN) as journal:
        recorded = list(journal.read_all())
    accepted = next((each.at for each in recorded if isinstance(each.event, KitApplied)), None)
    ended = next((each.at for each in recorded if _is_end(each.event)), None)
    within = (ended - accepted).total_seconds() if accepted and ended else None
    return Played([each.event for each in recorded], within, code, said)


def _is_end(event: Event) -> bool:
    return isinstance(event, PhaseFinished) and event.phase is PhaseName.BOOTSTRAP


@pytest.mark.parametrize("name", scenarios.names())
def test_the_journal_says_what_the_scenario_states(played: Mapping[str, Played], name: str) -> None:
    """Outcome, states, causes and words of a real run are those of the file's ``expect``."""
    expect, came = scenarios.load(name).expect, played[name]
    assert came.finished.outcome in expect.outcome
    assert came.within is None or came.within <= expect.within
    check_components(expect, [each for each in came.events if isinstance(each, ComponentChanged)])
    told = " ".join(e.reason for e in came.events if isinstance(e, NodeChanged) and not e.ready)
    assert all(word in told for word in expect.nodes)
    looks = [each for e in came.events if isinstance(e, OutsideChecked) for each in e.checks]
    ill = " ".join(f"{each.target}: {each.saw}" for each in looks if not each.ok)
    assert all(word in ill for word in expect.outside)


@pytest.mark.parametrize("name", scenarios.names())
def test_the_exit_code_and_the_remedy_follow_the_outcome(
    played: Mapping[str, Played], name: str
) -> None:
    """A script can tell the endings apart, and whoever reads them is told what to do."""
    came = played[name]
    finished = came.finished
    if finished.outcome is Outcome.READY:
        assert came.code == Exit.DONE
        return
    named = {Outcome.INCOMPLETE: Exit.INCOMPLETE, Outcome.NEEDS_DECISION: Exit.DECISION}
    if finished.outcome in named:
        assert came.code == named[finished.outcome]
    else:
        assert finished.phase is not None
        assert came.code == FAILED[finished.phase]
    assert finished.remedy is not None
    assert finished.remedy.action


def test_what_is_sold_out_is_a_choice(played: Mapping[str, Played]) -> None:
    """What else would do is offered with its price, and the sold-out type is not."""
    offered = [each for each in played["sold-out"].events if isinstance(each, DecisionOffered)]
    assert offered[0].value == "cx53 in hel1"
    titles = [each.title for each in offered[0].choices]
    assert titles
    assert "cx53 in hel1" not in titles


def test_a_rate_limit_is_seen_while_it_lasts(played: Mapping[str, Played]) -> None:
    """Each attempt of OpenTofu stands at its resource, and the run goes on by itself."""
    tried = [each for each in played["rate-limit"].events if isinstance(each, ResourceRetried)]
    assert sorted((each.kind, each.attempt) for each in tried) == [
        ("network", 1),
        ("server", 1),
        ("server", 2),
        ("server", 3),
    ]


def test_image_pull_is_named_long_before_the_end(played: Mapping[str, Played]) -> None:
    """The board names ImagePullBackOff and the pod while the release still waits."""
    came = played["image-pull"]
    named = [e for e in came.events if isinstance(e, ComponentChanged) and e.code == "image_pull"]
    assert "Pod keycloak/keycloak-0" in named[0].detail
    assert "ImagePullBackOff" in " ".join(each.detail for each in named)
    assert named[0].state != "failed"
    assert came.finished.remedy is not None
    assert came.finished.remedy.code == "image_pull"
