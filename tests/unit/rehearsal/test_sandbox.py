"""The sandbox: a set-up file, what it plants, and how it refuses."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from provisioner.errors import RehearsalError
from provisioner.rehearsal.hetzner.inventory import inventory
from provisioner.rehearsal.hetzner.sandbox import Sandbox, Setup

EXAMPLE = """
[settings]
scale = 2
stock = { cx43 = { nbg1 = "none" } }

[[settings.faults]]
path = "/servers"
do = "hang"

[[seed]]
path = "/ssh_keys"
body = { name = "me", public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl" }

[[seed]]
path = "/servers"
body = { name = "old", server_type = "cx23", image = "debian-12", ssh_keys = ["me"] }
"""  # noqa: E501  a public key has no shorter line


def write(tmp_path: Path, text: str) -> Path:
    """Return a set-up file."""
    path = tmp_path / "setup.toml"
    path.write_text(text)
    return path


def test_a_cloud_begins_with_what_was_planted(tmp_path: Path) -> None:
    """Seeds are done at once, settings hold, faults wait for callers."""
    cloud = Sandbox("t", setup=Setup.read(write(tmp_path, EXAMPLE))).cloud()
    assert {kind: len(found) for kind, found in inventory(cloud).items()} == {
        "server": 1,
        "primary_ip": 2,
        "ssh_key": 1,
    }
    assert cloud.machines()[0].name == "old"
    assert (cloud.state.settings.scale, cloud.stock("cx43", "nbg1")) == (2, "none")
    assert cloud.state.settings.faults[0].seen == 0


def test_a_scale_holds_for_a_cloud_that_is_kept(tmp_path: Path) -> None:
    """What is said at the start goes before what the set-up or the folder says."""
    setup = Setup.read(write(tmp_path, EXAMPLE))
    assert Sandbox("t", tmp_path, setup=setup, scale=0).cloud().state.settings.scale == 0
    assert Sandbox("t", setup=setup).cloud().state.settings.scale == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[settings", "sandbox_setup_unreadable"),
        ("[setting]\nscale = 1", "sandbox_setup_unreadable"),
        ("[settings]\nscale = 'x'", "sandbox_setup_unreadable"),
        ("[settings]\nscale = -1", "sandbox_setup_unreadable"),
        ("[settings]\nstock = { cx23 = { fsn1 = 'maybe' } }", "sandbox_setup_unreadable"),
        ("[[settings.faults]]\nmethod = 'get'", "sandbox_setup_unreadable"),
        ("[settings]\nstock = { cx99 = { fsn1 = 'none' } }", "sandbox_seed_refused"),
        ("[settings]\nstock = { cx23 = { moon = 'none' } }", "sandbox_seed_refused"),
        ("[settings]\nquota = { servers = 1 }", "sandbox_seed_refused"),
        ("[[settings.faults]]\ndo = 'sell_out'\nserver_type = 'cx99'", "sandbox_seed_refused"),
        ("[[settings.faults]]\ndo = 'sell_out'\nlocation = 'moon'", "sandbox_seed_refused"),
        ("[[settings.faults]]\ndo = 'vanish'\nkind = 'dog'", "sandbox_seed_refused"),
        ("[[seed]]\npath = '/servers'\nbody = {}", "sandbox_seed_refused"),
        ("[[seed]]\npath = '/clouds'\nbody = {}", "sandbox_seed_refused"),
    ],
)
def test_a_wrong_set_up_is_refused_with_its_reason(tmp_path: Path, text: str, code: str) -> None:
    """Nothing is started, and the error has a remedy."""
    with pytest.raises(RehearsalError) as caught:
        Sandbox("t", setup=Setup.read(write(tmp_path, text))).cloud()
    assert caught.value.code == code
    assert caught.value.facts["reason"]


async def test_one_sandbox_has_a_folder_until_it_is_ended(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A second one is refused; two signals at once end the first in silence; then it is free."""
    for _ in range(2):
        ready = asyncio.Event()
        sandbox = Sandbox("t", tmp_path / "cloud")

        def began(_at: str, ready: asyncio.Event = ready) -> None:
            ready.set()

        running = asyncio.create_task(sandbox.run(began))
        await ready.wait()
        with pytest.raises(RehearsalError) as caught:
            await sandbox.run(print)
        assert caught.value.code == "sandbox_folder_taken"
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
        await running
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["file", "file/below"])
async def test_a_folder_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    """What is no folder, and cannot become one, is named."""
    (tmp_path / "file").touch()
    with pytest.raises(RehearsalError) as caught:
        await Sandbox("t", tmp_path / name).run(print)
    assert caught.value.code == "sandbox_folder_unusable"


def test_a_missing_set_up_is_refused(tmp_path: Path) -> None:
    """A file that is not there is no empty one."""
    with pytest.raises(RehearsalError):
        Setup.read(tmp_path / "none.toml")


async def test_a_folder_of_somebody_else_is_refused_untouched(tmp_path: Path) -> None:
    """Not even a lock is left in it."""
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(RehearsalError) as caught:
        await Sandbox("t", tmp_path).run(print)
    assert caught.value.code == "sandbox_folder_foreign"
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]
