"""Where logind ends what a session leaves behind, a run is put elsewhere, or it is said."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from provisioner.logout import Logind

COMMAND = ["python", "-m", "provisioner.runner", "oman.omani.works"]
ME = pwd.getpwuid(os.getuid()).pw_name
SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
HYBRID = "1:name=systemd:/user.slice/user-1000.slice/session-c3.scope\n0::/\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope\n"


class Machine:
    """A machine with a logind that answers as it is told, by the real names of its parts."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "linger").mkdir()
        (folder / "bin").mkdir()
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
        self.program("systemd-run", "exit 0")
        (folder / "bus").touch()
        self.within(SESSION)
        self.answers('b true\nas 0\nas 1 "somebody-else"')

    def program(self, name: str, script: str) -> None:
        """Put a program on the path."""
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)

    def answers(self, said: str) -> None:
        """Have logind's properties read so."""
        self.program("busctl", f"cat <<'END'\n{said}\nEND")

    def within(self, cgroup: str) -> None:
        """Have this process live in a control group."""
        (self.folder / "cgroup").write_text(cgroup)

    def linger(self) -> None:
        """Have the user's manager outlive the user's sessions."""
        (self.folder / "linger" / ME).touch()

    @property
    def logind(self) -> Logind:
        """What the engine sees of it."""
        return Logind(self.folder / "cgroup", self.folder / "linger", self.folder)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine whose logind kills at logout."""
    return Machine(tmp_path, monkeypatch)


async def test_a_run_is_put_where_a_logout_does_not_reach_it(machine: Machine) -> None:
    """With a lingering manager the runner starts in a scope of that."""
    machine.linger()
    command = await machine.logind.lasting(COMMAND)
    assert command[:3] == ["systemd-run", "--user", "--scope"]
    assert command[-len(COMMAND) :] == COMMAND


async def test_where_that_cannot_be_it_starts_all_the_same(machine: Machine) -> None:
    """Without lingering the manager ends with the last session, so nothing is gained there."""
    assert await machine.logind.ends_us()
    assert await machine.logind.lasting(COMMAND) == COMMAND


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("b true\nas 0\nas 0", True),
        ("b false\nas 0\nas 0", False),
        (f'b true\nas 0\nas 2 "root" "{ME}"', False),
        (f'b true\nas 1 "{ME}"\nas 0', True),
        ('b true\nas 1 "somebody-else"\nas 0', False),
        ("", False),
        ("Failed to connect to bus", False),
    ],
)
async def test_logind_decides_by_user(machine: Machine, said: str, ends: bool) -> None:
    """Whom it kills and whom it spares is read from its own properties."""
    machine.answers(said)
    assert await machine.logind.ends_us() is ends


async def test_a_session_is_known_in_either_hierarchy(machine: Machine) -> None:
    """Where control groups are still of the first version, a session has a line of its own."""
    machine.within(HYBRID)
    assert await machine.logind.ends_us()


async def test_outside_a_session_nothing_is_asked(machine: Machine) -> None:
    """In a unit of the user's manager, or without systemd, a logout is no matter."""
    machine.program("busctl", "touch asked")
    for cgroup in (MANAGER, "0::/\n", "9:name=systemd:/\n0::/\n"):
        machine.within(cgroup)
        assert not await machine.logind.ends_us()
    (machine.folder / "cgroup").unlink()
    assert not await machine.logind.ends_us()
    assert not (machine.folder / "asked").exists()


async def test_a_silent_bus_counts_as_none(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a bus that does not answer."""
    monkeypatch.setattr("provisioner.logout.PATIENCE", 0.2)
    machine.program("busctl", "exec sleep 60")
    assert not await machine.logind.ends_us()
