"""Doing what needs secrets: where the vault is closed, its password is asked first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from provisioner.errors import CredentialError

if TYPE_CHECKING:
    from textual.app import App

    from screens.ports import Face

NEEDS_VAULT = frozenset({"vault_locked", "vault_wrong_password", "secret_not_kept"})


async def unlocked(face: Face, act: Callable[[], Awaitable[None]]) -> None:
    """Do ``act``, asking for the vault's password where it takes one; raises CatalystError.

    Whoever goes back without a password gets the error. Called from a worker.
    """
    while True:
        try:
            await act()
        except CredentialError as error:
            if error.code not in NEEDS_VAULT or not await ask_password(face):
                raise
        else:
            return


async def ask_password(face: Face, fqdn: str = "") -> bool:
    """Ask for the vault's password, or for a new one; returns whether the vault is open now."""
    from screens.vault import VaultScreen

    keeping = await face.backend.keeping(fqdn)
    screen = VaultScreen(new=keeping.vault == "absent")
    await cast("App[int]", face).push_screen_wait(screen)
    return screen.opened
