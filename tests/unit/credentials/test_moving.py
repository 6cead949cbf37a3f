"""Opening the vault, and secrets that move: with the ladder, with a name, and out of the house."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from catalyst_tui.backend.engine import EngineBackend
from provisioner.answers import partial_check
from provisioner.credentials import open_credentials
from provisioner.credentials.preparing import prepare_secrets
from provisioner.errors import CredentialError
from provisioner.home import Home
from tests.unit.answers.examples import answers

FQDN, OTHER = "oman.omani.works", "salalah.omani.works"
TOKEN = "t" * 64
PASSWORD = "correct horse"


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineBackend:
    """Return a home on a machine without a keyring and without variables."""
    for name in ("HCLOUD_TOKEN", "CATALYST_VAULT_PASSWORD", "CATALYST_STATE_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    return EngineBackend(Home(tmp_path / "state").create())


async def test_a_new_vault_takes_in_what_was_in_memory(backend: EngineBackend) -> None:
    """Without a store a token is kept in memory; the password moves it where it outlives us."""
    kept = await backend.keep_secret(FQDN, "hcloud_token", TOKEN)
    assert kept.passing
    assert (await backend.keeping(FQDN)).vault == "absent"
    await backend.open_vault(PASSWORD)
    keeping = await backend.keeping(FQDN)
    assert (keeping.vault, keeping.lasting) == ("open", True)
    token = (await backend.secrets(FQDN))[0]
    assert (token.kept, token.passing) == ("the vault file", False)
    again = EngineBackend(backend.home)
    assert (await again.keeping(FQDN)).vault == "closed"
    await again.open_vault(PASSWORD)
    assert (await again.secrets(FQDN))[0].present
    assert PASSWORD.encode() not in backend.home.vault.read_bytes()


async def test_a_wrong_password_opens_and_changes_nothing(backend: EngineBackend) -> None:
    """The vault stays as it was, and so does what is held in memory."""
    await backend.open_vault(PASSWORD)
    before = backend.home.vault.read_bytes()
    other = EngineBackend(backend.home)
    await other.keep_secret(FQDN, "hcloud_token", TOKEN)
    with pytest.raises(CredentialError) as refused:
        await other.open_vault("wrong horse")
    assert refused.value.code == "vault_wrong_password"
    assert backend.home.vault.read_bytes() == before
    assert (await other.secrets(FQDN))[0].passing


async def test_what_cannot_be_a_token_does_not_replace_one(backend: EngineBackend) -> None:
    """A slip of the hand is refused by its form before it is kept."""
    await backend.keep_secret(FQDN, "hcloud_token", TOKEN)
    for wrong, code in (("t" * 12, "token_length"), ("t" * 63 + " ", "token_characters")):
        with pytest.raises(CredentialError) as refused:
            await backend.keep_secret(FQDN, "hcloud_token", wrong)
        assert refused.value.code == code
    assert (await backend.secrets(FQDN))[0].ending == TOKEN[-4:]


async def test_a_token_goes_along_with_a_new_name(backend: EngineBackend) -> None:
    """Renamed before it was begun, a Sovereign keeps its token and leaves no copy behind."""
    await backend.open_vault(PASSWORD)
    await backend.keep_secret(FQDN, "hcloud_token", TOKEN)
    await backend.carry_token(FQDN, OTHER)
    assert (await backend.secrets(OTHER))[0].present
    assert not (await backend.secrets(FQDN))[0].present


async def test_secrets_move_to_another_store_and_leave_no_copy(backend: EngineBackend) -> None:
    """Moved into memory, the vault holds nothing of them any more; and back again."""
    await backend.open_vault(PASSWORD)
    await backend.keep_secret(FQDN, "hcloud_token", TOKEN)
    await backend.keep_at(FQDN, "memory")
    assert (await backend.secrets(FQDN))[0].passing
    opened = open_credentials(backend.home, FQDN, {}, password=SecretStr(PASSWORD))
    assert await opened.get("hcloud_token") is None
    await backend.keep_at(FQDN, "vault")
    assert not (await backend.secrets(FQDN))[0].passing


async def test_no_second_passphrase_is_made_while_the_vault_is_closed(tmp_path: Path) -> None:
    """The one that opens an existing state may be in there."""
    home = Home(tmp_path)
    opened = open_credentials(home, FQDN, {}, password=SecretStr(PASSWORD))
    await opened.put("hcloud_token", SecretStr(TOKEN))
    spec, _ = partial_check(answers())
    assert spec is not None
    with pytest.raises(CredentialError) as refused:
        await prepare_secrets(open_credentials(home, FQDN, {}), spec)
    assert refused.value.code == "vault_locked"
