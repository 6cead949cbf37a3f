"""Secrets: where each stands, and keeping a new one; values pass through, nothing holds them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pydantic import SecretStr

from provisioner.credentials import Credentials, open_credentials, open_rehearsal_credentials
from provisioner.credentials.keyring import find_keyring
from provisioner.credentials.names import SECRETS
from provisioner.credentials.stores import Memory
from provisioner.errors import CatalystError
from provisioner.redaction import Redactor
from screens.ports import SecretState

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

    async def ladder(self, fqdn: str) -> Credentials:
        """Return the ladder of a Sovereign; raises CredentialError."""
        if fqdn not in self._ladders:
            self._ladders[fqdn] = await self._opened(fqdn)
        return self._ladders[fqdn]

    async def _opened(self, fqdn: str) -> Credentials:
        if self._backend.rehearsed:
            return await open_rehearsal_credentials(self._backend.home, fqdn, os.environ)
        keyring = await find_keyring(os.environ)
        return open_credentials(self._backend.home, fqdn, os.environ, keyring=keyring)

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
        """Keep a secret; raises CredentialError."""
        secret = SecretStr(value)
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


def _ending(secret: SecretStr | None) -> str:
    value = secret.get_secret_value() if secret is not None else ""
    return value[-SHOWN:] if len(value) >= SHORTEST_SHOWN else ""
