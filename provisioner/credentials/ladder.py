"""The ladder: which store a secret comes from, and where a new one goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from pydantic import SecretStr

from provisioner.credentials.names import SECRETS, SHORTEST_PASSPHRASE
from provisioner.credentials.stores import Environment, Memory, Store
from provisioner.errors import CredentialError


class Held(msgspec.Struct, frozen=True):
    """Where one secret is kept, for the screen that says so."""

    name: str
    title: str
    rung: str | None
    """None where nobody holds it."""


class Credentials:
    """The secrets of one Sovereign, and those that it shares with the home's others.

    ``stores`` stand between the environment, which comes first, and memory, which comes last: the
    keyring and the vault, as far as there are any. A new secret goes to the first of them, else to
    memory. ``closed`` is a vault that is there but has no password: what is missing may be in it.
    """

    def __init__(
        self,
        fqdn: str,
        stores: Sequence[Store] = (),
        environment: Mapping[str, str] | None = None,
        closed: Path | None = None,
    ) -> None:
        self._fqdn = fqdn
        self._closed = closed
        self._stores: tuple[Store, ...] = (Environment(environment or {}), *stores, Memory())

    @property
    def rungs(self) -> tuple[str, ...]:
        """Where a secret can be kept now, best first; memory is the last of them."""
        return tuple(store.rung for store in self._stores[1:])

    @property
    def lasting(self) -> bool:
        """Whether what is kept now outlives this process."""
        return any(store.durable for store in self._stores[1:])

    @property
    def closed(self) -> Path | None:
        """The vault that is there but was not opened."""
        return self._closed

    async def get(self, name: str) -> SecretStr | None:
        """Return a secret from the highest rung that holds it; raises CredentialError."""
        _, value = await self._find(name)
        return value

    async def require(self, name: str) -> SecretStr:
        """Return a secret that the caller cannot do without; raises CredentialError."""
        value = await self.get(name)
        if value is None and self._closed:
            raise CredentialError("vault_locked", path=self._closed)
        if value is None:
            variable = SECRETS[name].variable or "the wizard"
            raise CredentialError("secret_missing", name=SECRETS[name].title, variable=variable)
        return value

    async def put(self, name: str, value: SecretStr, rung: str | None = None) -> str:
        """Keep a secret and return the rung that holds it now; ``rung`` chooses another one.

        It leaves the other rungs, so that no stale copy stays behind. Raises CredentialError.
        """
        writable = self._stores[1:]
        chosen = next((each for each in writable if rung in (None, each.rung)), None)
        if chosen is None:
            raise CredentialError("vault_locked", path=rung)
        await chosen.put(self._key(name), value)
        for other in writable:
            if other is not chosen:
                await other.forget(self._key(name))
        return chosen.rung

    async def take_over(self, other: Credentials) -> None:
        """Keep here what ``other`` has in memory alone; raises CredentialError."""
        for name in SECRETS:
            rung, value = await other._find(name)
            if rung == Memory.rung and value is not None:
                await self.put(name, value)

    async def forget(self, name: str) -> None:
        """Remove a secret from every store of ours; raises CredentialError."""
        for store in self._stores[1:]:
            await store.forget(self._key(name))

    async def where(self, name: str) -> str | None:
        """Return the rung that a secret comes from, or None; raises CredentialError."""
        rung, _ = await self._find(name)
        return rung

    async def survey(self) -> tuple[Held, ...]:
        """Return where each secret is kept; raises CredentialError."""
        return tuple(
            [Held(name, secret.title, await self.where(name)) for name, secret in SECRETS.items()]
        )

    async def secrets(self) -> dict[str, SecretStr]:
        """Return every secret there is, by name, for a runner; raises CredentialError."""
        found = {name: await self.get(name) for name in SECRETS}
        return {name: value for name, value in found.items() if value is not None}

    async def require_kept(self, name: str) -> SecretStr:
        """Return a secret that outlives this process; raises CredentialError.

        Asked before anything is rented: state that nobody can open, or nodes that nobody can
        enter, are money lost.
        """
        value = await self.require(name)
        rung = await self.where(name)
        if not any(store.durable for store in self._stores if store.rung == rung):
            raise CredentialError("secret_not_kept", name=SECRETS[name].title)
        return value

    async def require_kept_passphrase(self) -> SecretStr:
        """Return the state's passphrase if it is kept and long enough; raises CredentialError."""
        value = await self.require_kept("state_passphrase")
        length = len(value.get_secret_value())
        if length < SHORTEST_PASSPHRASE:
            raise CredentialError("passphrase_short", length=length, least=SHORTEST_PASSPHRASE)
        return value

    async def _find(self, name: str) -> tuple[str | None, SecretStr | None]:
        for store in self._stores:
            # What is kept for all Sovereigns serves one that has none of its own.
            for key in dict.fromkeys((self._key(name), name)):
                value = await store.get(key)
                if value is not None:
                    return store.rung, value
        return None, None

    def _key(self, name: str) -> str:
        return name if SECRETS[name].shared else f"{self._fqdn}/{name}"
