"""The ladder on a real gnome-keyring, on a bus of its own: unlocked, locked, gone, hanging."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.credentials.keyring import find_keyring
from provisioner.credentials.secret_service import WHOLE, Readiness, probe
from provisioner.home import Home
from tests.integration.keyring_session import VALUE, Session, ladder_of, until_ready


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Return a session that ends with the test."""
    opened = Session(tmp_path / "session")
    yield opened
    opened.close()


async def test_an_unlocked_keyring_keeps_secrets_for_other_programs(
    session: Session, tmp_path: Path
) -> None:
    """It comes before the vault, makes none, and another program finds what was put there."""
    home = Home(tmp_path / "state").create()
    session.log_in("login password")
    await until_ready(session.environment, Readiness.READY)
    ladder = await ladder_of(session, home, "vault password")
    assert await ladder.put("hcloud_token", VALUE) == "keyring"
    assert not home.vault.exists()
    again = await ladder_of(session, home)
    assert await again.get("hcloud_token") == VALUE
    assert await again.where("hcloud_token") == "keyring"
    await again.forget("hcloud_token")
    assert await again.get("hcloud_token") is None


async def test_a_locked_keyring_is_as_good_as_none(session: Session, tmp_path: Path) -> None:
    """Nobody is asked to unlock it; the vault takes its place."""
    home = Home(tmp_path / "state").create()
    session.log_in("login password")
    await until_ready(session.environment, Readiness.READY)
    session.log_out()
    session.log_in(None)
    await until_ready(session.environment, Readiness.LOCKED)
    ladder = await ladder_of(session, home, "vault password")
    assert await ladder.put("hcloud_token", VALUE) == "vault"


@pytest.mark.parametrize("starts", [False, True], ids=["nobody", "one-without-a-login"])
async def test_without_a_keyring_memory_is_what_is_left(starts: bool, tmp_path: Path) -> None:
    """A bus on which nobody keeps secrets, and no vault: the secret ends with us, and says so."""
    session = Session(tmp_path / "session", starts=starts)
    try:
        assert await find_keyring(session.environment) == ()
        ladder = await ladder_of(session, Home(tmp_path / "state").create())
        assert await ladder.put("hcloud_token", VALUE) == "memory"
        assert not ladder.lasting
    finally:
        session.close()


async def test_a_keyring_that_hangs_is_given_up_in_time(session: Session, tmp_path: Path) -> None:
    """A stopped keyring costs the time allowed and no more; the vault takes its place."""
    home = Home(tmp_path / "state").create()
    session.log_in("login password")
    await until_ready(session.environment, Readiness.READY)
    assert session.daemon is not None
    session.daemon.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    assert await probe(session.environment) is Readiness.UNRESPONSIVE
    assert time.monotonic() - started < WHOLE + 10
    ladder = await ladder_of(session, home, "vault password")
    assert await ladder.put("hcloud_token", VALUE) == "vault"
