"""One runner owns a Sovereign at a time."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from provisioner.errors import Locked
from provisioner.lock import Holder, acquire, holder, is_free
from provisioner.process import Identity

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_second_taker_is_told_who_holds_it(tmp_path: Path) -> None:
    """The loser learns the winner's process and is not left waiting."""
    path = tmp_path / "lock"
    lock = await acquire(path, "a.b", NOW)
    with pytest.raises(Locked) as caught:
        await acquire(path, "a.b", NOW)
    assert caught.value.facts["pid"] == str(os.getpid())
    lock.release()
    assert is_free(path)
    assert holder(path) is None


async def test_an_inheritor_keeps_the_lock_and_the_next_runner_waits(tmp_path: Path) -> None:
    """A program that outlives its runner holds the lock; whoever comes next waits for its end."""
    path = tmp_path / "lock"
    lock = await acquire(path, "a.b", NOW)
    survivor = subprocess.Popen(["sleep", "0.6"], pass_fds=(lock.descriptor,))
    gone = Identity(pid=2**22 - 1, start=1, boot="another boot")
    path.write_bytes(msgspec.json.encode(Holder(identity=gone, since=NOW)))
    lock.release()
    waited: list[bool] = []
    taken = await asyncio.wait_for(acquire(path, "a.b", NOW, lambda: waited.append(True)), 10)
    assert waited == [True]
    assert survivor.poll() is not None or not is_free(path)
    survivor.wait()
    taken.release()


def test_a_recycled_pid_is_another_process() -> None:
    """Same pid, other start time: not the one that was meant."""
    mine = Identity.mine()
    assert mine.alive
    assert not msgspec.structs.replace(mine, start=mine.start + 1).alive
    assert not msgspec.structs.replace(mine, boot="another boot").alive


def test_a_zombie_is_not_alive() -> None:
    """A process that has ended but was not reaped holds nothing."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    for _ in range(500):
        if Identity.of(child.pid) is None:
            break
        os.sched_yield()
        child_state = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0]
        if child_state == "Z":
            break
        import time

        time.sleep(0.01)
    assert Identity.of(child.pid) is None
    child.wait()


async def test_a_provider_that_outlived_its_opentofu_holds_nobody_up(tmp_path: Path) -> None:
    """While its OpenTofu lives it is waited for; orphaned, it is ended and the lock is free."""
    path = tmp_path / "lock"
    lock = await acquire(path, "a.b", NOW)
    provider = tmp_path / "terraform-provider-hcloud"
    shutil.copy2(Path("/bin/sh").resolve(), provider)
    os.mkfifo(tmp_path / "never")
    opentofu = subprocess.Popen(
        ["sh", "-c", '"$1" -c "read x < never" & wait', "sh", str(provider)],
        cwd=tmp_path,
        pass_fds=(lock.descriptor,),
        start_new_session=True,
    )
    gone = Identity(pid=2**22 - 1, start=1, boot="another boot")
    path.write_bytes(msgspec.json.encode(Holder(identity=gone, since=NOW)))
    lock.release()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(acquire(path, "a.b", NOW), 0.6)
    opentofu.kill()
    opentofu.wait()
    assert not is_free(path)
    (await asyncio.wait_for(acquire(path, "a.b", NOW), 5)).release()
    assert is_free(path)
