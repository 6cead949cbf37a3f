"""Secrets come from the highest rung that holds them, and each says which that is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from provisioner.answers import partial_check
from provisioner.credentials import (
    Credentials,
    check_token,
    open_credentials,
    open_rehearsal_credentials,
)
from provisioner.credentials.preparing import prepare_secrets
from provisioner.credentials.stores import Memory
from provisioner.errors import CredentialError
from provisioner.home import Home
from tests.unit.answers.examples import answers

FQDN = "oman.omani.works"
VALUE = SecretStr("v" * 64)


class Kept(Memory):
    """A store that outlives the process, for what does not look at the disk."""

    rung = "keyring"
    durable = True


async def test_the_environment_overrides_every_store() -> None:
    """What the operator gave for this command wins, and is never written anywhere."""
    store = Kept()
    credentials = Credentials(FQDN, (store,), {"HCLOUD_TOKEN": "e" * 64, "DYNADOT_KEY": ""})
    await credentials.put("hcloud_token", VALUE)
    assert await credentials.get("hcloud_token") == SecretStr("e" * 64)
    assert await credentials.where("hcloud_token") == "environment"
    assert await Credentials(FQDN, (store,)).get("hcloud_token") == VALUE
    assert await credentials.get("dynadot_key") is None


async def test_without_a_store_memory_holds_it_and_apply_refuses() -> None:
    """A state passphrase that would die with the process is no ground to rent on."""
    credentials = Credentials(FQDN)
    assert await credentials.put("state_passphrase", VALUE) == "memory"
    with pytest.raises(CredentialError) as refused:
        await credentials.require_kept_passphrase()
    assert refused.value.code == "secret_not_kept"
    kept = Credentials(FQDN, (Kept(),))
    await kept.put("state_passphrase", VALUE)
    assert await kept.require_kept_passphrase() == VALUE
    await kept.put("state_passphrase", SecretStr("short"))
    with pytest.raises(CredentialError):
        await kept.require_kept_passphrase()


async def test_a_secret_that_moves_leaves_no_copy() -> None:
    """Choosing another rung removes the secret from the first."""
    store = Kept()
    credentials = Credentials(FQDN, (store,))
    await credentials.put("hcloud_token", VALUE)
    assert await credentials.put("hcloud_token", VALUE, rung="memory") == "memory"
    assert await store.get(f"{FQDN}/hcloud_token") is None
    await credentials.forget("hcloud_token")
    assert await credentials.where("hcloud_token") is None


async def test_each_sovereign_has_its_own_secrets() -> None:
    """One Sovereign's token never serves another; what is shared does."""
    store = Kept()
    await Credentials("a.example", (store,)).put("hcloud_token", VALUE)
    await Credentials("a.example", (store,)).put("dynadot_key", VALUE)
    other = Credentials("b.example", (store,))
    assert await other.get("hcloud_token") is None
    assert await other.get("dynadot_key") == VALUE
    with pytest.raises(CredentialError) as refused:
        await other.require("hcloud_token")
    assert "HCLOUD_TOKEN" in refused.value.facts["variable"]


async def test_a_closed_vault_is_named_where_a_secret_is_missing(tmp_path: Path) -> None:
    """Without the password the way out is to open the vault, not to type everything again."""
    home = Home(tmp_path)
    opened = open_credentials(home, FQDN, {"CATALYST_VAULT_PASSWORD": "correct"})
    assert await opened.put("hcloud_token", VALUE) == "vault"
    with pytest.raises(CredentialError) as refused:
        await open_credentials(home, FQDN, {}).require("hcloud_token")
    assert refused.value.code == "vault_locked"


async def test_a_rehearsal_asks_nobody_and_takes_nothing_of_the_caller(tmp_path: Path) -> None:
    """It makes token and passphrase once, ignores HCLOUD_TOKEN, and keeps both over processes."""
    home = Home(tmp_path).rehearsal
    theirs = {"HCLOUD_TOKEN": "e" * 64, "CATALYST_STATE_PASSPHRASE": "theirs"}
    credentials = await open_rehearsal_credentials(home, FQDN, theirs)
    token = await credentials.require("hcloud_token")
    assert check_token(token) == ()
    assert token.get_secret_value() != theirs["HCLOUD_TOKEN"]
    passphrase = await credentials.require_kept_passphrase()
    again = await open_rehearsal_credentials(home, FQDN, {})
    assert await again.get("hcloud_token") == token
    assert await again.get("state_passphrase") == passphrase
    other = await open_rehearsal_credentials(home, "b.example", {})
    assert await other.get("hcloud_token") == token
    assert await other.get("state_passphrase") != passphrase
    given = await open_rehearsal_credentials(home, FQDN, {"CATALYST_REHEARSAL_TOKEN": "g" * 64})
    assert await given.get("hcloud_token") == SecretStr("g" * 64)


async def test_a_runner_gets_every_secret_and_a_stable_key() -> None:
    """What nobody has to choose is made once and kept."""
    spec, _ = partial_check(answers())
    assert spec is not None
    credentials = Credentials(FQDN, (Kept(),), {"HCLOUD_TOKEN": "e" * 64})
    first = await prepare_secrets(credentials, spec)
    assert set(first) == {"hcloud_token", "state_passphrase", "ssh_private_key", "ssh_public_key"}
    assert first["ssh_public_key"].get_secret_value().startswith("ssh-ed25519 AAAA")
    assert await prepare_secrets(credentials, spec) == first


@pytest.mark.parametrize("environment", [{}, {"CATALYST_STATE_PASSPHRASE": "p" * 20}])
async def test_no_runner_starts_on_secrets_that_die_with_us(environment: dict[str, str]) -> None:
    """Neither the state's passphrase nor a generated SSH key may live in memory only."""
    spec, _ = partial_check(answers())
    assert spec is not None
    with pytest.raises(CredentialError) as refused:
        await prepare_secrets(Credentials(FQDN, (), environment), spec)
    assert refused.value.code == "secret_not_kept"


@pytest.mark.parametrize(
    ("token", "codes"),
    [
        (None, ["token_missing"]),
        ("", ["token_missing"]),
        ("a" * 63, ["token_length"]),
        ("a" * 63 + "\n", ["token_characters"]),
        ("a" * 64 + " ", ["token_length", "token_characters"]),
        ("ü" * 64, ["token_characters"]),
        ("aB3" * 21 + "x", []),
    ],
)
def test_a_token_s_form_is_judged_without_repeating_it(token: str | None, codes: list[str]) -> None:
    """Too short, too long and pasted noise are told apart, and the token stays unseen."""
    found = check_token(None if token is None else SecretStr(token))
    assert [each.code for each in found] == codes
    assert all(each.field == "hetzner.token" for each in found)
    if token:
        assert token.strip() not in repr(found)
