"""``catalyst access``: who may reach the nodes is changed by real OpenTofu, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from catalyst_tui.exits import Exit, exit_of_run
from provisioner.answers import load_spec
from provisioner.editing import edit
from provisioner.facts import Outcome
from provisioner.phases.networks import FIREWALL
from provisioner.run import Consent, NetworkChange
from provisioner.settings import load_settings
from tests.integration.rented import Rented, rented

NEW = "198.51.100.4/32"
AGREED = Consent(networks=True)
MOVED = NetworkChange(allow=(NEW,))


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    async with rented(tmp_path, tools, speed=120) as made:
        yield made


def let_in(sovereign: Rented) -> set[str]:
    """Return the networks that the cloud's firewall lets in by SSH."""
    firewalls = sovereign.cloud.state.firewalls.values()
    (rules,) = [each.rules for each in firewalls if each.name.endswith("-fw")]
    return {network for rule in rules if rule["port"] == "22" for network in rule["source_ips"]}


def answers(sovereign: Rented) -> tuple[str, ...]:
    return load_spec(sovereign.folder.spec).access.operator_cidrs


async def change(sovereign: Rented, consent: Consent, networks: NetworkChange) -> str:
    """Run it, and return how it ended: the outcome, or the remedy's code."""
    after = await sovereign.start("access", consent, networks)
    finished = await sovereign.finish(after)
    assert exit_of_run(finished) is not Exit.DEFECT
    return finished.remedy.code if finished.remedy else finished.outcome.value


async def test_the_firewall_alone_is_changed_and_only_on_ones_word(sovereign: Rented) -> None:
    """Other answers wait for the next plan; where the Sovereign stood, it stands."""
    before = answers(sovereign)
    assert await change(sovereign, AGREED, MOVED) == "networks_unsettled"
    await sovereign.apply_only()
    await edit(sovereign.folder, ["sizing.control_plane.count=3"], load_settings(sovereign.home))
    stood, names = sovereign.view, sovereign.names()

    assert await change(sovereign, Consent(), MOVED) == "networks_unconfirmed"
    assert (answers(sovereign), let_in(sovereign)) == (before, set(before))

    assert await change(sovereign, AGREED, MOVED) == Outcome.CHANGED
    assert answers(sovereign) == (*before, NEW)
    assert let_in(sovereign) == {*before, NEW}
    assert load_spec(sovereign.folder.spec).sizing.control_plane.count == 3
    assert sovereign.names() == names
    view = sovereign.view
    assert view.runs == stood.runs + 2
    assert (view.run, view.outcome, view.phases) == (stood.run, stood.outcome, stood.phases)
    assert (view.confirmed, view.resources) == (stood.confirmed, stood.resources)

    assert await change(sovereign, AGREED, NetworkChange(withdraw=before)) == Outcome.CHANGED
    assert (answers(sovereign), let_in(sovereign)) == ((NEW,), {NEW})
    assert await change(sovereign, AGREED, NetworkChange(withdraw=(NEW,))) == "answers_refused"
    assert let_in(sovereign) == {NEW}


async def test_the_next_plan_finds_nothing_to_change_and_a_lost_firewall_is_not_made_anew(
    sovereign: Rented,
) -> None:
    """What was changed is in the state; what would make a resource is refused."""
    await sovereign.apply_only()
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    assert sovereign.view.drift == ()
    assert await change(sovereign, AGREED, MOVED) == Outcome.CHANGED
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    assert sovereign.view.drift == ()
    plan = sovereign.view.plan
    assert plan is not None
    assert {each.action for each in plan.changes} == {"noop"}

    firewalls = sovereign.cloud.state.firewalls
    lost = next(number for number, each in firewalls.items() if each.name.endswith("-fw"))
    del firewalls[lost]
    again = NetworkChange(allow=("192.0.2.0/24",))
    assert await change(sovereign, AGREED, again) == "networks_plan_wider"
    assert "192.0.2.0/24" not in answers(sovereign)
    assert FIREWALL in {each.address for each in plan.changes}
