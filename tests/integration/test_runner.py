"""Whatever happens to a run, every rented resource stays accounted for."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from provisioner import events as e
from provisioner.attach import cancel, watch
from provisioner.begin import world_of
from provisioner.errors import CatalystError, Locked
from provisioner.facts import Outcome
from provisioner.folding import fold
from provisioner.home import Home
from provisioner.journal import JournalReader
from provisioner.lock import is_free
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.run import Consent
from provisioner.view import View
from tests.integration.rented import PASSPHRASE, TOKEN, Rented, rented

SPEED = 6.0
"""A server takes some two real seconds: long enough to be interrupted in."""


@pytest.fixture
async def sovereign(tmp_path: Path, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    async with rented(tmp_path, tools, speed=SPEED) as made:
        yield made


def _server_starts(event: e.Event) -> bool:
    return isinstance(event, e.ResourceStarted) and event.kind == "server"


async def test_kill_9_of_the_runner_leaves_tofu_to_finish_and_nothing_is_made_twice(
    sovereign: Rented,
) -> None:
    """OpenTofu outlives its runner, saves its state, and the next run finds nothing to create."""
    after = await sovereign.start("apply")
    await sovereign.until(after, _server_starts)
    assert sovereign.runner.send(signal.SIGKILL)
    assert not is_free(sovereign.folder.lock)
    resumed = await sovereign.run("plan")
    assert resumed.outcome is Outcome.PLANNED
    view = sovereign.view
    assert view.plan is not None
    assert {each.action for each in view.plan.changes} == {"noop"}
    assert len(sovereign.cloud.state.servers) == 1


async def test_a_cancel_ends_an_opentofu_whose_runner_was_killed(sovereign: Rented) -> None:
    """An API that never answers would keep it at work, and whoever comes next waiting, for ever."""
    silent = Fault(method="POST", path="/servers", do="hang")
    sovereign.cloud.state.settings.faults.append(silent)
    after = await sovereign.start("apply")
    await sovereign.until(after, _server_starts)
    assert sovereign.runner.send(signal.SIGKILL)
    while sovereign.runner.alive:  # noqa: ASYNC110  (it is nobody's child here)
        await asyncio.sleep(0.02)
    assert not cancel(sovereign.folder)
    ended = await asyncio.wait_for(sovereign.run("plan"), 60)
    assert ended.outcome is Outcome.PLANNED


async def test_a_cancelled_run_leaves_nothing_that_the_state_does_not_know(
    sovereign: Rented,
) -> None:
    """After SIGINT in the middle of a server, a plan completes the first one and replaces none."""
    after = await sovereign.start("apply")
    await sovereign.until(after, _server_starts)
    with_data = _labelled_by_kubernetes(sovereign)
    assert cancel(sovereign.folder)
    finished = await sovereign.finish(after)
    assert finished.outcome is Outcome.CANCELLED
    assert with_data in sovereign.cloud.state.volumes, "nobody was asked"
    assert finished.remedy is not None
    made = sovereign.names()
    assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
    plan = sovereign.view.plan
    assert plan is not None
    assert not plan.destroys
    created = {each.name for each in plan.changes if each.action == "create"}
    assert not created & made
    assert sovereign.view.drift == (), "nobody else changed anything"
    sure = Consent(destroy=True, keep_volumes=False)
    assert (await sovereign.run("destroy", sure)).outcome is Outcome.DESTROYED
    assert sovereign.names() == set()
    assert with_data not in sovereign.cloud.state.volumes


def _labelled_by_kubernetes(sovereign: Rented) -> int:
    """Have a volume as the storage driver of a cluster makes it; return its id."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    label = {"catalyst.openova.io/sovereign": sovereign.folder.fqdn}
    order = {"name": "pvc-1", "size": 10, "location": "hel1", "labels": label}
    answer = httpx2.post(f"{sovereign.world.hetzner}/volumes", json=order, headers=headers)
    return int(answer.json()["volume"]["id"])


async def test_a_cancel_that_cannot_look_at_the_cloud_says_how_it_goes_on(
    sovereign: Rented,
) -> None:
    """What was in flight cannot be taken in by a token that was revoked: another one can."""
    after = await sovereign.start("apply")
    await sovereign.until(after, _server_starts)
    sovereign.revoke()
    cancel(sovereign.folder)
    ended = await sovereign.finish(after)
    assert ended.remedy is not None
    assert (ended.remedy.code, ended.remedy.next) == ("token_revoked", ("resume",))
    assert not sovereign.view.settled


async def test_a_hang_up_changes_nothing_and_a_second_run_is_refused(sovereign: Rented) -> None:
    """SIGHUP is not heard; while the run lives, another one is told who holds the lock."""
    after = await sovereign.start("apply")
    await sovereign.until(after, lambda each: isinstance(each, e.ApplyStarted))
    assert sovereign.runner.send(signal.SIGHUP)
    with pytest.raises(Locked) as caught:
        await sovereign.start("plan")
    assert caught.value.facts["pid"] == str(sovereign.runner.pid)
    await sovereign.until(after, lambda each: isinstance(each, e.OutputsSaved))
    assert sovereign.runner.alive
    cancel(sovereign.folder)
    assert (await sovereign.finish(after)).outcome is Outcome.CANCELLED


async def test_two_viewers_at_different_times_see_the_same(sovereign: Rented) -> None:
    """A fold that followed from the start equals one that came after the end."""
    after = await sovereign.start("plan")
    early = View(fqdn=sovereign.folder.fqdn)
    async for batch in watch(sovereign.folder, after):
        fold(early, batch)
    assert early.outcome is Outcome.PLANNED
    assert early.digest() == sovereign.view.digest()


async def test_consent_is_what_makes_a_plan_run(sovereign: Rented) -> None:
    """Without it, over budget, or for another plan, nothing is rented; seq has no gap."""
    refused = [Consent(), Consent(max_monthly=Decimal(1)), Consent(plan="0" * 64)]
    for consent in refused:
        assert (await sovereign.run("apply", consent)).outcome is Outcome.NEEDS_DECISION
    assert sovereign.names() == set()
    with JournalReader(sovereign.folder.journal, sovereign.folder.fqdn) as reader:
        seqs = [each.seq for each in reader.read_all()]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_destroy_without_the_name_only_looks(sovereign: Rented) -> None:
    """A destroy that was not confirmed lists and deletes nothing."""
    after = await sovereign.start("apply")
    await sovereign.until(after, lambda each: isinstance(each, e.OutputsSaved))
    cancel(sovereign.folder)
    await sovereign.finish(after)
    made = sovereign.names()
    finished = await sovereign.run("destroy", Consent())
    assert finished.outcome is Outcome.NEEDS_DECISION
    assert sovereign.names() == made
    assert sovereign.view.inventory


async def test_no_secret_is_in_any_file_argument_or_environment(sovereign: Rented) -> None:
    """Sentinels in every secret are found nowhere but in OpenTofu's own environment."""
    found: list[str] = []
    stop = asyncio.Event()
    watcher = asyncio.create_task(asyncio.to_thread(_look, stop, found))
    after = await sovereign.start("apply")
    await sovereign.until(after, lambda each: isinstance(each, e.OutputsSaved))
    cancel(sovereign.folder)
    await sovereign.finish(after)
    stop.set()
    await watcher
    for path in sovereign.home.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found += [
                f"{path}: {name}" for name, value in _sentinels(sovereign) if value in content
            ]
    assert found == []


def _sentinels(sovereign: Rented) -> list[tuple[str, bytes]]:
    private = sovereign.secrets["ssh_private_key"].get_secret_value()
    return [
        ("token", TOKEN.encode()),
        ("passphrase", PASSPHRASE.encode()),
        ("ssh key", private.splitlines()[3].encode()),
    ]


def _look(stop: asyncio.Event, found: list[str]) -> None:
    """Look at every process while the run goes on."""
    mine = os.getpid()
    while not stop.is_set():
        for process in Path("/proc").glob("[0-9]*"):
            if int(process.name) == mine:
                continue
            found += _seen_in(process)


def _seen_in(process: Path) -> list[str]:
    try:
        argv = (process / "cmdline").read_bytes()
        environ = (process / "environ").read_bytes()
        program = (process / "exe").readlink().name
    except OSError:
        return []
    needles = (TOKEN.encode(), PASSPHRASE.encode())
    seen = [f"argv of {program}" for each in needles if each in argv]
    if program not in {"tofu"} and not program.startswith("terraform-provider"):
        seen += [f"environment of {program}" for each in needles if each in environ]
    return seen


async def test_the_home_of_one_is_not_the_home_of_another(tmp_path: Path) -> None:
    """A name that was never begun has no journal and no world."""
    with pytest.raises(CatalystError) as caught:
        world_of(Home(tmp_path).sovereign("nobody.example.org"))
    assert caught.value.code == "journal_missing"
