"""Secrets outlive a login: a keyring that is opened again still has all of them."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from provisioner.credentials import SECRETS
from provisioner.credentials.keyring import find_keyring
from provisioner.credentials.secret_service import Readiness
from provisioner.home import Home
from tests.integration.keyring_session import Session, ladder_of, until_ready

PASSWORD = "login password"


async def test_every_secret_is_there_after_a_new_login(tmp_path: Path) -> None:
    """Logged out, with the whole session gone, and in again: each secret is where it was put."""
    folder = tmp_path / "session"
    home = Home(tmp_path / "state").create()
    values = {name: SecretStr(f"{name} of the first login") for name in SECRETS}
    first = Session(folder)
    try:
        first.log_in(PASSWORD)
        await until_ready(first.environment, Readiness.READY)
        ladder = await ladder_of(first, home)
        for name, value in values.items():
            assert await ladder.put(name, value) == "keyring"
    finally:
        first.close()
    # Nobody is logged in: what is kept is on the disk, and only a password opens it.
    assert await find_keyring(first.environment) == ()
    second = Session(folder)
    try:
        second.log_in(PASSWORD)
        await until_ready(second.environment, Readiness.READY)
        again = await ladder_of(second, home)
        assert {name: await again.get(name) for name in SECRETS} == values
        assert {await again.where(name) for name in SECRETS} == {"keyring"}
    finally:
        second.close()
    assert not home.vault.exists()
