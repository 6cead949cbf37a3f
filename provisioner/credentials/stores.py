"""Where secrets can be kept: one interface, and its simplest two kinds.

Keys are ``<name>`` for what all Sovereigns share, and ``<fqdn>/<name>`` for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from provisioner.credentials.names import SECRETS
from provisioner.errors import CredentialError


class Store(Protocol):
    """One rung of the ladder."""

    @property
    def rung(self) -> str:
        """``environment``, ``keyring``, ``vault`` or ``memory``; shown to the operator."""
        ...

    @property
    def durable(self) -> bool:
        """Whether what it holds outlives this process."""
        ...

    async def get(self, key: str) -> SecretStr | None:
        """Return a secret, or None where it holds none; raises CredentialError."""
        ...

    async def put(self, key: str, value: SecretStr) -> None:
        """Keep a secret; raises CredentialError."""
        ...

    async def forget(self, key: str) -> None:
        """Remove a secret; one that is not there is no error; raises CredentialError."""
        ...


class Environment:
    """What the operator gave by environment variables; never changed by us."""

    rung = "environment"
    durable = True
    """The operator keeps it, and gives it again."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._held = {
            name: SecretStr(variables[secret.variable])
            for name, secret in SECRETS.items()
            if secret.variable and variables.get(secret.variable)
        }

    async def get(self, key: str) -> SecretStr | None:
        """Return a secret by its name, whichever Sovereign asks."""
        return self._held.get(key.rpartition("/")[2])

    async def put(self, key: str, value: SecretStr) -> None:  # noqa: ARG002 - it refuses any
        """Refuse: the environment is the operator's."""
        name = key.rpartition("/")[2]
        raise CredentialError("store_read_only", name=name, variable=SECRETS[name].variable)

    async def forget(self, key: str) -> None:
        """Do nothing: the environment is the operator's."""


class Memory:
    """What this process knows and forgets."""

    rung = "memory"
    durable = False

    def __init__(self) -> None:
        self._held: dict[str, SecretStr] = {}

    async def get(self, key: str) -> SecretStr | None:
        """Return a secret."""
        return self._held.get(key)

    async def put(self, key: str, value: SecretStr) -> None:
        """Remember a secret."""
        self._held[key] = value

    async def forget(self, key: str) -> None:
        """Forget a secret."""
        self._held.pop(key, None)
