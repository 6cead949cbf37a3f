"""The ladder on a real gnome-keyring, on a bus of its own: unlocked, locked, gone, hanging."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from provisioner.credentials import Credentials, open_credentials
from provisioner.credentials.keyring import find_keyring
from provisioner.credentials.secret_service import WHOLE, Readiness, probe
from provisioner.home import Home

FQDN = "oman.omani.works"
VALUE = SecretStr("v" * 64)


BUS = """
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
"""A session bus that starts nothing: whoever asks early would else get a second, locked keyring."""


class Session:
    """A session bus and a keyring on it, in a home of their own.

    ``starts``: the bus starts a keyring for whoever asks, as a desktop's does.
    """

    def __init__(self, folder: Path, *, starts: bool = False) -> None:
        folder.mkdir(mode=0o700)
        config = folder / "bus.conf"
        config.write_text(BUS)
        self._folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        kind = "--session" if starts else f"--config-file={config}"
        self._bus = self._start("dbus-daemon", kind, "--nofork", "--print-address=1")
        assert self._bus.stdout is not None
        address = self._bus.stdout.readline().decode().strip()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        self.daemon: subprocess.Popen[bytes] | None = None

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def log_in(self, password: str | None) -> None:
        """Start the keyring; with a password its login collection is made, or opened."""
        unlock = ("--unlock",) if password is not None else ()
        components = "--components=secrets"
        self.daemon = self._start("gnome-keyring-daemon", "--foreground", components, *unlock)
        assert self.daemon.stdin is not None
        self.daemon.stdin.write((password or "").encode())
        self.daemon.stdin.close()

    def log_out(self) -> None:
        """End the keyring; what it keeps stays on the disk."""
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGCONT)
            self.daemon.terminate()
            self.daemon.wait()
            _close(self.daemon)
            self.daemon = None

    def close(self) -> None:
        """End both."""
        self.log_out()
        self._bus.terminate()
        self._bus.wait()
        _close(self._bus)


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            stream.close()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Return a session that ends with the test."""
    opened = Session(tmp_path / "session")
    yield opened
    opened.close()


async def _until(environment: dict[str, str], wanted: Readiness) -> None:
    end = time.monotonic() + 90
    while (found := await probe(environment)) is not wanted:
        assert time.monotonic() < end, f"{found}, never {wanted}"
        await asyncio.sleep(0.1)


async def _ladder(session: Session, home: Home, password: str = "") -> Credentials:
    keyring = await find_keyring(session.environment)
    vault = {"CATALYST_VAULT_PASSWORD": password} if password else {}
    return open_credentials(home, FQDN, vault, keyring=keyring)


async def test_an_unlocked_keyring_keeps_secrets_for_other_programs(
    session: Session, tmp_path: Path
) -> None:
    """It comes before the vault, makes none, and another program finds what was put there."""
    home = Home(tmp_path / "state").create()
    session.log_in("login password")
    await _until(session.environment, Readiness.READY)
    ladder = await _ladder(session, home, "vault password")
    assert await ladder.put("hcloud_token", VALUE) == "keyring"
    assert not home.vault.exists()
    again = await _ladder(session, home)
    assert await again.get("hcloud_token") == VALUE
    assert await again.where("hcloud_token") == "keyring"
    await again.forget("hcloud_token")
    assert await again.get("hcloud_token") is None


async def test_a_locked_keyring_is_as_good_as_none(session: Session, tmp_path: Path) -> None:
    """Nobody is asked to unlock it; the vault takes its place."""
    home = Home(tmp_path / "state").create()
    session.log_in("login password")
    await _until(session.environment, Readiness.READY)
    session.log_out()
    session.log_in(None)
    await _until(session.environment, Readiness.LOCKED)
    ladder = await _ladder(session, home, "vault password")
    assert await ladder.put("hcloud_token", VALUE) == "vault"


@pytest.mark.parametrize("starts", [False, True], ids=["nobody", "one-without-a-login"])
async def test_without_a_keyring_memory_is_what_is_left(starts: bool, tmp_path: Path) -> None:
    """A bus on which nobody keeps secrets, and no vault: the secret ends with us, and says so."""
    session = Session(tmp_path / "session", starts=starts)
    try:
        assert await find_keyring(session.environment) == ()
        ladder = await _ladder(session, Home(tmp_path / "state").create())
        assert await ladder.put("hcloud_token", VALUE) == "memory"
        assert not ladder.lasting
    finally:
        session.close()


async def test_a_keyring_that_hangs_is_given_up_in_time(session: Session, tmp_path: Path) -> None:
    """A stopped keyring costs the time allowed and no more; the vault takes its place."""
    home = Home(tmp_path / "state").create()
    session.log_in("login password")
    await _until(session.environment, Readiness.READY)
    assert session.daemon is not None
    session.daemon.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    assert await probe(session.environment) is Readiness.UNRESPONSIVE
    assert time.monotonic() - started < WHOLE + 10
    ladder = await _ladder(session, home, "vault password")
    assert await ladder.put("hcloud_token", VALUE) == "vault"
