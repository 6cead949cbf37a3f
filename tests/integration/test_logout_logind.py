"""What a logout does to a run where a real systemd and logind have the say."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from provisioner import events as e
from provisioner.facts import Outcome
from provisioner.home import Home
from provisioner.journal import follow
from provisioner.rehearsal.record import WorldFolder
from provisioner.run import Consent
from provisioner.runner.order import Command, Order
from tests.faults.campaign import check_in_state, check_journal
from tests.integration.logind_machine import ID, PATIENCE, Machine, Session, booted
from tests.integration.rented import Rented, rented

SPEED = 6.0
"""A server takes some two real seconds: long enough to log out in."""


@pytest.fixture(scope="module")
def machine(tools: Mapping[str, Path]) -> Iterator[Machine]:
    """Yield a machine that the cases share, one after the other."""
    if "4294967295" not in Path("/proc/self/uid_map").read_text():
        pytest.skip("only root can boot a machine that has users of its own")
    reached = [Path(sys.executable), Path(sys.executable).resolve(), *tools.values()]
    with tempfile.TemporaryDirectory(prefix="catalyst-") as folder:
        Path(folder).chmod(0o711)
        with booted(Path(folder), reached) as machine:
            yield machine


@pytest.fixture
async def sovereign(machine: Machine, tools: Mapping[str, Path]) -> AsyncIterator[Rented]:
    """Yield a Sovereign in the home of the machine's user."""
    place = Path(tempfile.mkdtemp(dir=machine.shared))
    async with rented(place, tools, speed=SPEED) as made:
        for path in (place, *place.rglob("*")):
            os.chown(path, ID, ID)
        yield made
    shutil.rmtree(place)


async def begun(session: Session, sovereign: Rented, command: Command, consent: Consent) -> int:
    """Begin a run in a session and return the seq behind which its events follow."""
    order = Order(
        fqdn=sovereign.folder.fqdn,
        folder=str(sovereign.folder.path),
        command=command,
        world=sovereign.world,
        consent=consent,
        secrets={name: value.get_secret_value() for name, value in sovereign.secrets.items()},
        tools={name: str(path) for name, path in sovereign.tools.items()},
    )
    return int(await session.run(sovereign.home.path, "begin", given=msgspec.json.encode(order)))


async def until(sovereign: Rented, after: int, seen: Callable[[e.Event], bool]) -> list[e.Event]:
    """Return the events behind ``after`` up to the one looked for.

    Its process is not looked at: seen from here, it has another number.
    """
    events = []
    async with asyncio.timeout(PATIENCE):
        async for batch in follow(sovereign.folder.journal, sovereign.folder.fqdn, after):
            for recorded in batch:
                events.append(recorded.event)
                if seen(recorded.event):
                    return events
    raise AssertionError("the journal has no end")


async def ended(sovereign: Rented, after: int) -> Outcome:
    """Return how the run behind ``after`` ended."""
    *_, last = await until(sovereign, after, lambda each: isinstance(each, e.RunFinished))
    assert isinstance(last, e.RunFinished)
    return last.outcome


def server_starts(event: e.Event) -> bool:
    return isinstance(event, e.ResourceStarted) and event.kind == "server"


def saved(event: e.Event) -> bool:
    return isinstance(event, e.OutputsSaved)


def warned(events: list[e.Event]) -> bool:
    said = [each.text for each in events if isinstance(each, e.Remarked)]
    return any("KillUserProcesses" in each for each in said)


async def cancelled(machine: Machine, sovereign: Rented, after: int) -> None:
    """Cancel from another login what would look for machines that do not exist."""
    async with machine.session() as session:
        await session.run(sovereign.home.path, "cancel", sovereign.folder.fqdn)
        assert await ended(sovereign, after) is Outcome.CANCELLED


async def test_a_run_outlives_the_logout_if_the_user_lingers(
    machine: Machine, sovereign: Rented
) -> None:
    """It runs in a scope of the user's own manager, and its OpenTofu with it."""
    await machine.set(kills=True, lingers=True)
    async with machine.session() as session:
        after = await begun(session, sovereign, "apply", Consent(any_price=True))
        assert not warned(await until(sovereign, after, server_starts))
    assert f"/user@{ID}.service/" in await machine.group(sovereign.runner.pid)
    await until(sovereign, after, saved)
    await cancelled(machine, sovereign, after)
    async with machine.session() as session:
        after = await begun(session, sovereign, "destroy", Consent(destroy=True))
    assert sovereign.view.outcome is None
    assert await ended(sovereign, after) is Outcome.DESTROYED
    assert sovereign.names() == set()


async def test_a_rehearsed_world_outlives_it_as_well(machine: Machine) -> None:
    """Without its cloud, a rehearsal that goes on would fail."""
    await machine.set(kills=True, lingers=True)
    home = Home(machine.shared / "rehearsed")
    async with machine.session() as session:
        await session.run(home.path, "rehearse")
    process = WorldFolder.of(home).load().process
    assert process is not None
    assert f"/user@{ID}.service/" in await machine.group(process.pid)


async def test_without_lingering_the_logout_that_it_warned_of_cancels_it(
    machine: Machine, sovereign: Rented
) -> None:
    """Whatever the session left is ended, and the next run goes on with all that was made."""
    await machine.set(kills=True, lingers=False)
    async with machine.session() as session:
        after = await begun(session, sovereign, "apply", Consent(any_price=True))
        assert warned(await until(sovereign, after, server_starts))
        await machine.root("loginctl", "terminate-session", session.name)
    events = await until(sovereign, after, lambda each: isinstance(each, e.RunFinished))
    assert [each.forced for each in events if isinstance(each, e.CancelRequested)] == [False]
    assert await ended(sovereign, after) is Outcome.CANCELLED
    await machine.deserted()
    made = sovereign.names()
    assert made
    async with machine.session() as session:
        after = await begun(session, sovereign, "resume", Consent(any_price=True))
        await until(sovereign, after, saved)
        await cancelled(machine, sovereign, after)
    assert made <= sovereign.names()
    await check_in_state(sovereign)
    check_journal(sovereign)


async def test_where_logind_kills_nothing_a_run_outlives_the_logout(
    machine: Machine, sovereign: Rented
) -> None:
    """It stays in its session, which is kept until the run ends by itself."""
    await machine.set(kills=False, lingers=False)
    async with machine.session() as session:
        after = await begun(session, sovereign, "plan", Consent())
    assert sovereign.view.outcome is None
    assert f"/session-{session.name}.scope" in await machine.group(sovereign.runner.pid)
    assert await ended(sovereign, after) is Outcome.PLANNED
    await machine.deserted()
