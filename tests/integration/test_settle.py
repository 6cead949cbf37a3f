"""What exists and the state lacks is taken in; what may hold data is never removed."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import cast

import msgspec
import pytest

from provisioner import events as e
from provisioner.attach import cancel
from provisioner.facts import Change, Outcome
from provisioner.journal import Journal, JournalReader
from provisioner.phases.settle import lost
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.run import Consent, Run
from provisioner.tofu.workspace import IMPORTS, STATE
from tests.integration.rented import Rented, rented

UNREADABLE = Fault(method="GET", path="/servers/*", code="never_heard_of", status=418, times=0)
"""Whoever asks for one server is told what nobody knows; lists are whole."""


RENTED = 12
"""What a solo Sovereign consists of and can be imported: all but the load balancer's target."""
SERVICES = 2
"""Of those: a plan for them would make the target too, so each is imported by itself."""


@pytest.fixture
async def stateless(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    """Yield a Sovereign that was rented, and whose state was lost between two runs."""
    async with rented(tmp_path, tools, speed=200, scale=0.02) as made:
        await made.apply_only()
        for kept in made.folder.tofu.glob(f"{STATE}*"):
            kept.unlink()
        yield made


def _had_a_cluster(sovereign: Rented) -> None:
    """Have the journal say that a kit was applied, as it does before anybody keeps data there."""
    journal = Journal(sovereign.folder.journal, sovereign.folder.fqdn, sovereign.world.clock)
    journal.append([e.KitApplied(components=(), deadline=sovereign.world.clock.now())])
    journal.close()


def _rented(sovereign: Rented) -> bytes:
    """Return all that is rented, as it is."""
    state = sovereign.cloud.state
    tables = (state.servers, state.networks, state.firewalls, state.load_balancers, state.ssh_keys)
    return msgspec.json.encode([*tables, state.placement_groups])


def _told(sovereign: Rented) -> Counter[str]:
    """Return how often the journal says what was done with a resource that no state knew."""
    with JournalReader(sovereign.folder.journal, sovereign.folder.fqdn) as reader:
        events = [each.event for each in reader.read_all()]
    return Counter(each.how for each in events if isinstance(each, e.ResourceReconciled))


def _asked_alone(sovereign: Rented) -> int:
    """Return how many resources OpenTofu imported by a command of their own."""
    return len(list(sovereign.folder.logs.glob("*-import-*.log")))


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


async def test_what_is_there_whole_is_taken_in_at_once(stateless: Rented) -> None:
    """One plan and one apply, however many there are, and the cloud stays as it was."""
    before = _rented(stateless)
    assert (await stateless.run("plan")).outcome is Outcome.PLANNED
    assert _rented(stateless) == before
    assert _told(stateless) == {"imported": RENTED}
    assert _asked_alone(stateless) == SERVICES
    assert not (stateless.folder.tofu / IMPORTS).exists()


async def test_what_would_be_changed_is_taken_in_without_a_change(stateless: Rented) -> None:
    """Nobody agreed to a change of what was altered by hand: it is imported as it is."""
    walls = stateless.cloud.state.firewalls.values()
    next(each for each in walls if len(each.rules) > 1).rules.pop()
    before = _rented(stateless)
    assert (await stateless.run("plan")).outcome is Outcome.PLANNED
    assert _rented(stateless) == before
    assert _asked_alone(stateless) == RENTED
    plan = stateless.view.plan
    assert plan is not None
    assert [each.kind for each in plan.changes if each.action == "update"] == ["firewall"]


async def test_imports_that_a_dead_runner_asked_for_are_forgotten(stateless: Rented) -> None:
    """They may name what is gone by now, and would spoil every plan."""
    gone = {"to": "hcloud_network.main", "id": "1"}
    (stateless.folder.tofu / IMPORTS).write_text(json.dumps({"import": [gone]}))
    assert (await stateless.run("plan")).outcome is Outcome.PLANNED


async def test_machines_are_known_by_what_they_were_given_though_the_state_is_lost(
    tmp_path: Path, tools: Mapping[str, Path]
) -> None:
    """An OpenTofu that was killed wrote no state, and its servers boot with those keys."""
    async with rented(tmp_path, tools, speed=200, scale=0.02) as sovereign:
        await sovereign.apply_only()
        given = _host_keys(sovereign)
        for lost in sovereign.folder.tofu.glob(f"{STATE}*"):
            lost.unlink()
        for _ in range(2):
            if await sovereign.reached(await sovereign.start("resume"), e.OutputsSaved):
                break
        cancel(sovereign.folder)
        assert _host_keys(sovereign) == given
        assert len(sovereign.cloud.state.servers) == 1


def _host_keys(sovereign: Rented) -> dict[str, str]:
    planes = sovereign.view.outputs["control_planes"]
    return {name: each["host_key"] for name, each in planes.items()}


async def test_a_lost_state_is_no_reason_to_make_anything_again(stateless: Rented) -> None:
    """Resume says what it found and asks nothing, also where the last plan names nothing."""
    before = _rented(stateless)
    for again in (False, True):
        if again:
            (stateless.folder.tofu / STATE).unlink()
        after = await stateless.start("resume", Consent())
        assert await stateless.reached(after, e.OutputsSaved)
        cancel(stateless.folder)
        await stateless.finish(after)
        assert _rented(stateless) == before
        confirmed = stateless.view.confirmed
        assert confirmed is not None
        made = {each.kind for each in confirmed.changes if each.action == "create"}
        assert made <= {"load_balancer_target"}
    assert _told(stateless) == {"imported": 2 * RENTED}
    assert [each for each in stateless.view.remarks if "does not know 12 resources" in each[3]]


async def test_a_plan_that_creates_nothing_costs_no_listing() -> None:
    """What the state knows is the ordinary case: nobody is asked, so no run is needed here."""
    known = Change(address="hcloud_server.node", kind="server", name="cp1", action="update")
    assert await lost(cast("Run", None), [known], None) == 0


async def test_a_state_that_a_full_disk_has_torn_stops_nothing(stateless: Rented) -> None:
    """It is put aside and said, and what is rented is taken in anew."""
    before = _rented(stateless)
    (stateless.folder.tofu / STATE).write_text('{"serial": 1, "encry')
    assert (await stateless.run("plan")).outcome is Outcome.PLANNED
    assert _rented(stateless) == before
    assert _told(stateless) == {"imported": RENTED}
    assert [each for each in stateless.view.remarks if "was torn" in each[3]]


async def test_a_cancel_while_it_is_taken_in_waits_for_opentofu_and_then_ends_in_order(
    stateless: Rented,
) -> None:
    """Whoever is cut short while it imports leaves no OpenTofu behind that locks the state."""
    stateless.interrupt()
    silent = Fault(method="GET", path="/servers/*", do="hang")
    stateless.cloud.state.settings.faults.append(silent)
    after = await stateless.start("resume")
    while not silent.seen:  # noqa: ASYNC110  (the cloud is in another thread and tells nobody)
        await asyncio.sleep(0.02)
    cancel(stateless.folder)
    assert (await stateless.finish(after)).outcome is Outcome.CANCELLED
    assert stateless.view.settled
    assert _told(stateless) == {"imported": RENTED}
