"""Which ladder a home has: the operator's own, and the one of a rehearsal that asks nobody."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from provisioner.credentials.ladder import Credentials
from provisioner.credentials.names import VAULT_PASSWORD, generate_passphrase
from provisioner.credentials.seal import Password
from provisioner.credentials.stores import Store
from provisioner.credentials.token import LENGTH
from provisioner.credentials.vault import Vault, key_file
from provisioner.home import Home

REHEARSAL_TOKEN = "CATALYST_REHEARSAL_TOKEN"  # noqa: S105 - the name of a variable
_LETTERS = string.ascii_letters + string.digits


def open_credentials(
    home: Home,
    fqdn: str,
    environment: Mapping[str, str],
    *,
    password: SecretStr | None = None,
    keyring: Sequence[Store] = (),
    vault_first: bool = False,
) -> Credentials:
    """Return the ladder of a Sovereign in an operator's home.

    ``password`` opens the vault (else CATALYST_VAULT_PASSWORD does); without either there is no
    vault. ``keyring`` is the OS keyring, where the probe found one; new secrets go there unless
    ``vault_first``. Touches no store yet.
    """
    given = password or SecretStr(environment.get(VAULT_PASSWORD, ""))
    if given.get_secret_value():
        vault = Vault(home.vault, Password(given))
        stores = (vault, *keyring) if vault_first else (*keyring, vault)
        return Credentials(fqdn, stores, environment)
    closed = home.vault if home.vault.exists() else None
    return Credentials(fqdn, keyring, environment, closed)


async def open_rehearsal_credentials(
    home: Home, fqdn: str, environment: Mapping[str, str]
) -> Credentials:
    """Return the ladder of a Sovereign in a rehearsal's home, with the secrets it needs made.

    ``home`` is the rehearsal's own. The caller's HCLOUD_TOKEN and its like are not looked at;
    CATALYST_REHEARSAL_TOKEN alone replaces the token. Raises CredentialError.
    """
    await rehearsal_token(home, environment)
    await rehearsal_account(home)
    await rehearsal_reader(home)
    vault = Vault(home.vault, key_file(home.path / "vault.key"))
    token = environment.get(REHEARSAL_TOKEN)
    credentials = Credentials(fqdn, (vault,), {"HCLOUD_TOKEN": token} if token else {})
    if await credentials.get("state_passphrase") is None:
        await credentials.put("state_passphrase", generate_passphrase())
    return credentials


async def rehearsal_token(home: Home, environment: Mapping[str, str]) -> SecretStr:
    """Return the token of a rehearsal's home, made first if need be; raises CredentialError.

    One token serves all Sovereigns that are rehearsed there, as one opens one project.
    CATALYST_REHEARSAL_TOKEN replaces it.
    """
    home.create()
    given = environment.get(REHEARSAL_TOKEN)
    if given:
        return SecretStr(given)
    vault = Vault(home.vault, key_file(home.path / "vault.key"))
    known = await vault.get("hcloud_token")
    if known is None:
        known = generate_token()
        await vault.put("hcloud_token", known)
    return known


async def rehearsal_account(home: Home) -> tuple[SecretStr, SecretStr]:
    """Return key and secret of a rehearsal's account at the registrar, made first if need be.

    All Sovereigns that are rehearsed in a home share it, as pools do. Raises CredentialError.
    """
    home.create()
    vault = Vault(home.vault, key_file(home.path / "vault.key"))
    held = [await _kept(vault, name) for name in ("dynadot_key", "dynadot_secret")]
    return held[0], held[1]


async def rehearsal_reader(home: Home) -> SecretStr:
    """Return the Git credentials of a rehearsal's home, ``user:password``, made first if need be.

    They open the repository that the rehearsed world serves. Raises CredentialError.
    """
    home.create()
    vault = Vault(home.vault, key_file(home.path / "vault.key"))
    return await _kept(vault, "git_credentials", "catalyst:")


async def _kept(vault: Vault, name: str, before: str = "") -> SecretStr:
    known = await vault.get(name)
    if known is None:
        known = SecretStr(before + generate_token().get_secret_value())
        await vault.put(name, known)
    return known


def generate_token() -> SecretStr:
    """Return a random token in the form that Hetzner's have."""
    return SecretStr("".join(secrets.choice(_LETTERS) for _ in range(LENGTH)))
