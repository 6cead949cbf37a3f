"""Our vault file: secrets on hosts that have no keyring.

One file, 0600, replaced whole. Two processes that change it take turns. Opening it by password
costs memory and time on purpose, so everything here runs in a thread.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from provisioner.credentials.seal import KEY_BYTES, KeyFile, Opener, seal, unseal
from provisioner.errors import CredentialError
from provisioner.files import write_private
from provisioner.home import PRIVATE_FILE

LARGEST = 1024 * 1024


class Vault:
    """A vault file and what opens it."""

    rung = "vault"
    durable = True

    def __init__(self, path: Path, opener: Opener) -> None:
        self._path = path
        self._opener = opener

    async def open(self) -> None:
        """Try the key: open the file, or make an empty one; raises CredentialError."""
        if await asyncio.to_thread(self._path.exists):
            await asyncio.to_thread(self._read)
        else:
            await asyncio.to_thread(self._change, dict)

    async def get(self, key: str) -> SecretStr | None:
        """Return a secret; raises CredentialError when the vault does not open."""
        held = (await asyncio.to_thread(self._read)).get(key)
        return None if held is None else SecretStr(held)

    async def all(self) -> dict[str, SecretStr]:
        """Return every secret by its key, opening the vault once; raises CredentialError."""
        held = await asyncio.to_thread(self._read)
        return {key: SecretStr(value) for key, value in held.items()}

    async def put(self, key: str, value: SecretStr) -> None:
        """Keep a secret; raises CredentialError."""
        await asyncio.to_thread(self._change, lambda held: held | {key: value.get_secret_value()})

    async def forget(self, key: str) -> None:
        """Remove a secret; raises CredentialError. No vault is made only to forget something."""
        if not await asyncio.to_thread(self._path.exists):
            return
        await asyncio.to_thread(
            self._change, lambda held: {name: held[name] for name in held if name != key}
        )

    def _read(self) -> dict[str, str]:
        try:
            with self._path.open("rb") as file:
                content = file.read(LARGEST)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable(error) from error
        return unseal(content, self._opener, self._path.name, self._path)

    def _change(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        try:
            with self._turn():
                held = change(self._read())
                write_private(self._path, seal(held, self._opener, self._path.name))
        except OSError as error:
            raise self._unusable(error) from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the lock beside the vault; the vault itself is replaced, so it cannot be locked."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.lock")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _unusable(self, error: OSError) -> CredentialError:
        return CredentialError("vault_unreadable", path=self._path, reason=error.strerror)


def key_file(path: Path) -> KeyFile:
    """Return the opener that a key file holds, made on first use; raises CredentialError.

    For homes that ask nobody (a rehearsal's): the file guards against a glance, not against who
    can read the home. One that others can read is refused.
    """
    try:
        try:
            # O_EXCL: of two processes that begin together one makes the key, the other reads it.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        except FileExistsError:
            return KeyFile(_read_key(path))
        with os.fdopen(descriptor, "wb") as file:
            key = secrets.token_bytes(KEY_BYTES)
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return KeyFile(key)
    except OSError as error:
        raise CredentialError("vault_unreadable", path=path, reason=error.strerror) from error


def _read_key(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise CredentialError("vault_unreadable", path=path, reason="others can read its key")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise CredentialError("vault_damaged", path=path, reason="the key is incomplete")
    return key
