"""The vault opens with its password only, notices every change, and survives rivals."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from provisioner.credentials.seal import KEY_BYTES, KeyFile, Password
from provisioner.credentials.vault import Vault, key_file
from provisioner.errors import CredentialError

VALUE = SecretStr("a-secret-value")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a vault is made."""
    return tmp_path / "home" / "vault"


async def test_what_is_kept_is_found_again_and_nowhere_in_clear(path: Path) -> None:
    """A second process with the password reads it; the file shows neither name nor value."""
    await Vault(path, Password(SecretStr("correct"))).put("x/hcloud_token", VALUE)
    again = Vault(path, Password(SecretStr("correct")))
    assert await again.get("x/hcloud_token") == VALUE
    content = path.read_bytes()
    assert VALUE.get_secret_value().encode() not in content
    assert b"hcloud_token" not in content
    assert path.stat().st_mode & 0o777 == 0o600
    await again.forget("x/hcloud_token")
    assert await again.all() == {}


async def test_a_wrong_password_is_told_and_changes_nothing(path: Path) -> None:
    """Neither reading nor writing works with another password."""
    await Vault(path, Password(SecretStr("correct"))).put("k", VALUE)
    before = path.read_bytes()
    wrong = Vault(path, Password(SecretStr("Correct")))
    for attempt in (wrong.get("k"), wrong.put("k", SecretStr("other")), wrong.forget("k")):
        with pytest.raises(CredentialError) as refused:
            await attempt
        assert refused.value.code == "vault_wrong_password"
        assert VALUE.get_secret_value() not in repr(refused.value)
    assert path.read_bytes() == before


async def test_any_changed_part_is_noticed(path: Path) -> None:
    """Header, nonce and content are authenticated together, and so is the vault's own name."""
    opener = KeyFile(b"k" * KEY_BYTES)
    await Vault(path, opener).put("k", VALUE)
    whole = msgspec.json.decode(path.read_bytes())
    for section, key, value in (
        (whole["header"], "salt", "AAAA"),
        (whole["header"], "passes", 4),
        (whole["header"], "opened_by", "password"),
        (whole, "nonce", "AAAAAAAAAAAAAAAA"),
        (whole, "content", whole["content"][:-8] + "AAAAAAA="),
    ):
        kept = section[key]
        section[key] = value
        path.write_bytes(msgspec.json.encode(whole))
        section[key] = kept
        with pytest.raises(CredentialError):
            await Vault(path, opener).get("k")
    path.write_bytes(msgspec.json.encode(whole))
    moved = path.with_name("other")
    shutil.copy(path, moved)
    with pytest.raises(CredentialError):
        await Vault(moved, opener).get("k")
    assert await Vault(path, opener).get("k") == VALUE


async def test_a_home_that_moves_still_opens(path: Path) -> None:
    """Secrets follow their folder: a restored backup is no lost state."""
    await Vault(path, KeyFile(b"k" * KEY_BYTES)).put("k", VALUE)
    moved = path.parent.rename(path.parent.with_name("moved")) / "vault"
    assert await Vault(moved, KeyFile(b"k" * KEY_BYTES)).get("k") == VALUE


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "vault_damaged"),
        (b"{", "vault_damaged"),
        (b"[1]", "vault_damaged"),
        (b'{"header":{"version":9}}', "vault_newer"),
        (b'{"header":{"opened_by":"password","memory_kib":99999999},"nonce":"","content":""}', "x"),
        (b'{"header":{"opened_by":"password","salt":"!"},"nonce":"","content":""}', "x"),
    ],
)
async def test_a_file_that_is_no_vault_is_told(path: Path, content: bytes, code: str) -> None:
    """Damage, a newer release and greedy parameters are each refused in a sentence."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CredentialError) as refused:
        await Vault(path, Password(SecretStr("p"))).get("k")
    assert refused.value.code == ("vault_damaged" if code == "x" else code)


async def test_rivals_lose_nothing(path: Path) -> None:
    """Many writers at once: every secret is kept."""
    vaults = [Vault(path, KeyFile(b"k" * KEY_BYTES)) for _ in range(12)]
    await asyncio.gather(*(each.put(f"k{n}", VALUE) for n, each in enumerate(vaults)))
    assert set(await vaults[0].all()) == {f"k{n}" for n in range(12)}


def test_a_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    """The second look reads what the first made; one that others can read is refused."""
    path = tmp_path / "vault.key"
    first, second = key_file(path), key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == KEY_BYTES
    assert first.__dict__ == second.__dict__
    path.chmod(0o644)
    with pytest.raises(CredentialError):
        key_file(path)
