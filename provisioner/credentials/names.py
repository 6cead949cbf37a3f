"""The secrets there are: their names, their variables, and to whom each belongs."""

from __future__ import annotations

import secrets

import msgspec
from pydantic import SecretStr


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of secret."""

    name: str
    title: str
    """As an operator calls it."""
    variable: str | None = None
    """The environment variable that overrides every store."""
    shared: bool = False
    """Whether all Sovereigns of a home use the same one."""


SECRETS = {
    secret.name: secret
    for secret in (
        Secret(name="hcloud_token", title="Hetzner token", variable="HCLOUD_TOKEN"),
        Secret(
            name="state_passphrase",
            title="passphrase of OpenTofu's state",
            variable="CATALYST_STATE_PASSPHRASE",
        ),
        Secret(
            name="state_backend",
            title="secret of the state's backend",
            variable="CATALYST_STATE_BACKEND",
            shared=True,
        ),
        Secret(name="dynadot_key", title="Dynadot key", variable="DYNADOT_KEY", shared=True),
        Secret(
            name="dynadot_secret", title="Dynadot secret", variable="DYNADOT_SECRET", shared=True
        ),
        Secret(name="ssh_private_key", title="SSH key"),
        Secret(name="ssh_key_passphrase", title="passphrase of the SSH key"),
        Secret(
            name="git_credentials", title="Git credentials", variable="CATALYST_GIT_CREDENTIALS"
        ),
    )
}
"""By name. The vault's own password is none of them: nothing else could hold it."""

VAULT_PASSWORD = "CATALYST_VAULT_PASSWORD"  # noqa: S105 - the name of a variable
SHORTEST_PASSPHRASE = 16
"""OpenTofu takes no shorter one."""


def generate_passphrase() -> SecretStr:
    """Return a new passphrase of 256 random bits."""
    return SecretStr(secrets.token_urlsafe(32))
