"""Secrets: where each stands, and keeping a new one; values pass through, nothing holds them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pydantic import SecretStr

from provisioner.credentials import (
    SECRETS,
    Credentials,
    check_token,
    open_credentials,
    open_rehearsal_credentials,
)
from provisioner.credentials.keyring import find_keyring
from provisioner.credentials.seal import Password
from provisioner.credentials.stores import Environment, Memory
from provisioner.credentials.token import LENGTH
from provisioner.credentials.vault import Vault
from provisioner.errors import CatalystError, CredentialError
from provisioner.forgetting import forget_sovereign
from provisioner.redaction import Redactor
from screens.ports import Keeping, SecretState

if TYPE_CHECKING:
    from catalyst_tui.backend.engine import EngineBackend

SHOWN = 4
"""Last characters of a token that tell it from another one."""
WORDS = {
    "environment": "the environment, as you gave it",
    "keyring": "the keyring of this machine",
    "vault": "the vault file",
    "memory": "memory alone, until this program ends",
}
TOKEN = "hcloud_token"  # noqa: S105  (a name)
SHORTEST_SHOWN = 16
"""Of anything shorter, four characters would be too much to show."""


class KeyDesk:
    """The ladders of one home's Sovereigns, one each for as long as the program lives."""

    def __init__(self, backend: EngineBackend) -> None:
        self._backend = backend
        self._ladders: dict[str, Credentials] = {}
        self._password: SecretStr | None = None
        """Opens the vault; as long as this process lives, and nowhere else."""
        self._vault_first = False

    async def ladder(self, fqdn: str) -> Credentials:
        """Return the ladder of a Sovereign; raises CredentialError."""
        if fqdn not in self._ladders:
            self._ladders[fqdn] = await self._opened(fqdn)
        return self._ladders[fqdn]

    async def _opened(self, fqdn: str) -> Credentials:
        if self._backend.rehearsed:
            return await open_rehearsal_credentials(self._backend.home, fqdn, os.environ)
        keyring = await find_keyring(os.environ)
        return open_credentials(
            self._backend.home,
            fqdn,
            os.environ,
            password=self._password,
            keyring=keyring,
            vault_first=self._vault_first,
        )

    async def survey(self, fqdn: str) -> tuple[SecretState, ...]:
        """Return where each secret of a Sovereign stands; raises CredentialError."""
        ladder = await self.ladder(fqdn)
        token = await ladder.get(TOKEN)
        return tuple(
            SecretState(
                name=held.name,
                present=held.rung is not None,
                kept=WORDS.get(held.rung or "", held.rung or ""),
                passing=held.rung == Memory.rung,
                ending=_ending(token) if held.name == TOKEN else "",
            )
            for held in await ladder.survey()
        )

    async def keep(self, fqdn: str, name: str, value: str) -> SecretState:
        """Keep a secret; raises CredentialError.

        What cannot be a token is refused before it replaces one that may be good.
        """
        secret = SecretStr(value)
        if name == TOKEN and (wrong := check_token(secret)):
            raise CredentialError(wrong[0].code, length=len(value), expected=LENGTH)
        rung = await (await self.ladder(fqdn)).put(name, secret)
        return SecretState(
            name=name,
            present=True,
            kept=WORDS.get(rung, rung),
            passing=rung == Memory.rung,
            ending=_ending(secret) if name == TOKEN else "",
        )

    async def redactor(self, fqdn: str) -> Redactor:
        """Return what masks every secret of a Sovereign that can be had without asking."""
        found = []
        with contextlib.suppress(CatalystError):
            ladder = await self.ladder(fqdn)
            for name in SECRETS:
                # A store that refuses keeps nobody from reading a log.
                with contextlib.suppress(CatalystError):
                    value = await ladder.get(name)
                    found += [value] if value is not None else []
        return Redactor(found)

    async def keeping(self, fqdn: str) -> Keeping:
        """Return where secrets of a Sovereign can be kept; raises CredentialError."""
        ladder = await self.ladder(fqdn)
        vault = "closed" if ladder.closed else "open" if Vault.rung in ladder.rungs else "absent"
        return Keeping(rungs=ladder.rungs, vault=vault, lasting=ladder.lasting)

    async def open_vault(self, password: str) -> None:
        """Open the vault, made first if there is none; raises CredentialError.

        What was in memory alone moves in.
        """
        secret = SecretStr(password)
        await Vault(self._backend.home.vault, Password(secret)).open()
        self._password = secret
        before, self._ladders = self._ladders, {}
        for fqdn, ladder in before.items():
            await (await self.ladder(fqdn)).take_over(ladder)

    async def keep_at(self, fqdn: str, rung: str) -> None:
        """Move a Sovereign's secrets to another rung; raises CredentialError.

        What the environment gives stays there. New secrets go where the vault or the keyring was
        chosen; memory holds what is given now and no more.
        """
        if rung != Memory.rung:
            self._vault_first = rung == Vault.rung
            before, self._ladders = self._ladders, {}
            for name, old in before.items():
                await (await self.ladder(name)).take_over(old)
        ladder = await self.ladder(fqdn)
        for name in SECRETS:
            value, held = await ladder.get(name), await ladder.where(name)
            if value is not None and held not in (rung, Environment.rung):
                await ladder.put(name, value, rung)

    async def carry(self, before: str, fqdn: str) -> None:
        """Keep a token under the new name of a Sovereign that was never begun.

        Raises CredentialError.
        """
        old, new = await self.ladder(before), await self.ladder(fqdn)
        token = await old.get(TOKEN)
        if token is None or await new.get(TOKEN) is not None:
            return
        await new.put(TOKEN, token)
        if not self._backend.home.sovereign(before).path.exists():
            await old.forget(TOKEN)

    async def forget(self, fqdn: str) -> None:
        """Remove a Sovereign's folder, then its own secrets; raises CatalystError."""
        await forget_sovereign(self._backend.home.sovereign(fqdn))
        ladder = await self.ladder(fqdn)
        for name, secret in SECRETS.items():
            if not secret.shared:
                await ladder.forget(name)


def _ending(secret: SecretStr | None) -> str:
    value = secret.get_secret_value() if secret is not None else ""
    return value[-SHOWN:] if len(value) >= SHORTEST_SHOWN else ""
