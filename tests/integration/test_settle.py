"""What exists and the state lacks is taken in; what may hold data is never removed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from provisioner import events as e
from provisioner.facts import Outcome
from provisioner.journal import Journal
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.tofu.workspace import STATE
from tests.integration.rented import Rented, rented

UNREADABLE = Fault(method="GET", path="/servers/*", code="never_heard_of", status=418, times=0)
"""Whoever asks for one server is told what nobody knows; lists are whole."""


@pytest.fixture
async def stateless(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    """Yield a Sovereign that was rented, whose state is lost, and whose plan is to create it."""
    async with rented(tmp_path, tools, speed=200, scale=0.02) as made:
        await made.apply_only()
        for lost in made.folder.tofu.glob(f"{STATE}*"):
            lost.unlink()
        refused = await made.run("resume")
        assert refused.remedy is not None
        assert refused.remedy.code == "hetzner_uniqueness_error"
        yield made


def _had_a_cluster(sovereign: Rented) -> None:
    """Have the journal say that a kit was applied, as it does before anybody keeps data there."""
    journal = Journal(sovereign.folder.journal, sovereign.folder.fqdn, sovereign.world.clock)
    journal.append([e.KitApplied(components=(), deadline=sovereign.world.clock.now())])
    journal.close()


async def test_a_server_that_cannot_be_imported_stays_and_the_next_run_takes_it_in(
    stateless: Rented,
) -> None:
    """It may hold what customers keep; the run says so and ends, and nothing is made anew."""
    _had_a_cluster(stateless)
    before, servers = stateless.names(), set(stateless.cloud.state.servers)
    faults = stateless.cloud.state.settings.faults
    faults.append(UNREADABLE)
    ended = await stateless.run("resume")
    assert ended.outcome is Outcome.FAILED
    assert ended.remedy is not None
    assert ended.remedy.code == "tofu_not_adopted"
    assert "server" in ended.remedy.what
    assert set(stateless.cloud.state.servers) == servers
    assert stateless.names() == before
    faults.clear()
    assert (await stateless.run("plan")).outcome is Outcome.PLANNED
    plan = stateless.view.plan
    assert plan is not None
    assert not plan.destroys
    # A target that is there already is told so by Hetzner, and no import knows it.
    made = {each.kind for each in plan.changes if each.action == "create"}
    assert made <= {"load_balancer_target"}
    assert set(stateless.cloud.state.servers) == servers


async def test_what_never_served_is_made_anew_where_it_cannot_be_imported(
    stateless: Rented,
) -> None:
    """Before there was a cluster, nothing is lost with it, and nobody has to help by hand."""
    servers = set(stateless.cloud.state.servers)
    stateless.cloud.state.settings.faults.append(UNREADABLE)
    assert (await stateless.run("plan")).outcome is Outcome.PLANNED
    assert servers.isdisjoint(stateless.cloud.state.servers)
    plan = stateless.view.plan
    assert plan is not None
    made = {each.kind for each in plan.changes if each.action == "create"}
    assert "server" in made
    assert "network" not in made
