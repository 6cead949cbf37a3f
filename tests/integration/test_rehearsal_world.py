"""The rehearsed world is one process a home: found again, ended with its home, never left over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provisioner.credentials import rehearsal_token
from provisioner.errors import Misnamed
from provisioner.home import Home
from provisioner.lock import acquire
from provisioner.process import Identity
from provisioner.rehearsal import close_world, open_world
from provisioner.rehearsal.living import LivingWorld
from provisioner.rehearsal.record import WorldFolder
from tests.integration.rehearsing import SPEED, rehearsing, until

NO_TOOLS: Mapping[str, Path] = {}


def descendants(pid: int) -> list[Identity]:
    """Return the processes whose parent is ``pid``."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            identity = Identity.of(int(entry.name))
            if parent == pid and identity is not None:
                found.append(identity)
    return found


async def gone(identity: Identity) -> None:
    """Wait until a process has ended."""

    async def ended() -> bool:
        return not identity.alive

    await until(ended, 20)


async def test_commands_that_come_together_find_one_world(tmp_path: Path) -> None:
    """Of several that open a world at once all get the same one, and later ones too."""
    home = Home(tmp_path / "home").create()
    worlds = await asyncio.gather(
        *(open_world(home, speed=SPEED, tools=NO_TOOLS) for _ in range(3))
    )
    try:
        assert worlds[0] == worlds[1] == worlds[2] == await open_world(home, tools=NO_TOOLS)
    finally:
        await close_world(home)


async def test_two_worlds_on_one_machine_do_not_meet(tmp_path: Path) -> None:
    """Each home has ports, and a project, of its own."""
    async with rehearsing(tmp_path / "a", NO_TOOLS) as a, rehearsing(tmp_path / "b", NO_TOOLS) as b:
        assert a.world.ssh_port != b.world.ssh_port
        assert a.world.hetzner != b.world.hetzner
        answer = await b.cloud.get("servers", headers=dict(a.cloud.headers))
        assert answer.status_code == 401


async def test_a_world_ends_when_its_home_is_gone(tmp_path: Path) -> None:
    """Removing the home ends the process within seconds."""
    async with rehearsing(tmp_path / "home", NO_TOOLS) as rehearsal:
        process = rehearsal.process
        await asyncio.to_thread(shutil.rmtree, tmp_path / "home")
        await gone(process)


async def test_a_world_that_nobody_needs_ends_by_itself(tmp_path: Path) -> None:
    """Without requests it ends after its idle time, unless a run of its home is alive."""
    home = Home(tmp_path / "home").create()
    WorldFolder.of(home).create()
    folder = home.rehearsal.sovereign("oman.example.org").create()
    held = await acquire(folder.lock, folder.fqdn, datetime.now(UTC))
    world = LivingWorld(home, idle=0.1)
    living = asyncio.ensure_future(world.live())
    await asyncio.sleep(2.5)
    assert not living.done()
    held.release()
    await asyncio.wait_for(living, 10)


async def test_an_order_needs_the_worlds_own_word(tmp_path: Path) -> None:
    """Who cannot read the record can neither see nor end the world, and the record is private."""
    async with rehearsing(tmp_path / "home", NO_TOOLS) as rehearsal:
        folder = WorldFolder.of(rehearsal.home)
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.record.stat().st_mode) == 0o600
        root = rehearsal.world.hetzner.removesuffix("/v1")
        for method in ("GET", "POST", "DELETE"):
            assert (await rehearsal.cloud.request(method, f"{root}/_world")).status_code == 403


async def test_the_token_itself_is_nowhere_in_the_world(tmp_path: Path) -> None:
    """The world keeps the token's hash only."""
    async with rehearsing(tmp_path / "home", NO_TOOLS) as rehearsal:
        token = (await rehearsal_token(rehearsal.home.rehearsal, {})).get_secret_value()
        assert (await rehearsal.cloud.get("servers")).status_code == 200
        for file in WorldFolder.of(rehearsal.home).path.rglob("*"):
            assert not file.is_file() or token.encode() not in file.read_bytes()


async def test_a_change_of_speed_never_turns_the_clock_back(tmp_path: Path) -> None:
    """Over changes of speed and a restart of the world, time only goes on."""
    async with rehearsing(tmp_path / "home", NO_TOOLS) as rehearsal:
        before = rehearsal.world.clock.now()
        for speed in (600.0, 1.0, 30.0):
            world = await open_world(rehearsal.home, speed=speed, tools=NO_TOOLS)
            assert world.speed == speed
            assert before <= world.clock.now() < before + timedelta(minutes=30)
            before = world.clock.now()
        await close_world(rehearsal.home)
        again = await open_world(rehearsal.home, tools=NO_TOOLS)
        assert again.speed == 30.0
        assert again.clock.now() >= before


async def test_a_scenario_is_refused_by_its_name(tmp_path: Path) -> None:
    """An unknown scenario starts nothing."""
    home = Home(tmp_path / "home").create()
    with pytest.raises(Misnamed) as refused:
        await open_world(home, scenario="no-such", tools=NO_TOOLS)
    assert refused.value.code == "scenario_unknown"
    assert not WorldFolder.of(home).lock.exists()


async def test_a_killed_world_takes_its_programs_along_and_comes_back(
    tmp_path: Path, rehearsal_tools: Mapping[str, Path]
) -> None:
    """After kill -9 no program is left, and the next command finds the same cluster.

    Once the last machine is gone only the ACME server is left, which is the world's own.
    """
    async with rehearsing(tmp_path / "home", rehearsal_tools) as rehearsal:
        machine = await rehearsal.rent()
        (await rehearsal.booted(machine)).close()
        world = rehearsal.process
        children = descendants(world.pid)
        assert len(children) == 3
        os.kill(world.pid, signal.SIGKILL)
        for child in (world, *children):
            await gone(child)

        again = await open_world(rehearsal.home, tools=rehearsal_tools)
        assert again.ssh_port == rehearsal.world.ssh_port
        connection = await rehearsal.booted(machine)
        config = (await connection.run("cat /etc/rancher/k3s/k3s.yaml")).stdout
        assert "client-certificate-data" in str(config)

        async def forwarded() -> bool:
            with contextlib.suppress(Exception):
                reader, writer = await connection.open_connection("127.0.0.1", 6443)
                writer.close()
                return reader is not None
            return False

        assert await until(forwarded)
        connection.close()
        assert (await rehearsal.cloud.delete(f"servers/{machine.id}")).is_success
        folder = WorldFolder.of(rehearsal.home)

        async def forgotten() -> bool:
            left = [*(folder.path / "clusters").iterdir(), *(folder.path / "nodes").iterdir()]
            return not left and len(descendants(rehearsal.process.pid)) == 1

        assert await until(forgotten)
