"""The process that speaks to the OS keyring: one question on stdin, one answer on stdout.

It takes the Secret Service backend itself. The library's own choice may fall to backends that keep
secrets in clear or ask on the terminal.
"""

from __future__ import annotations

import sys
from typing import Protocol

import msgspec
from keyring.backends import SecretService
from keyring.errors import KeyringError, PasswordDeleteError

from provisioner.credentials.keyring import Asked, Said

SERVICE = "catalyst"


class Passwords(Protocol):
    """What we use of the library, which has no types of its own."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove a secret."""
        ...


def answer(asked: Asked) -> Said:
    """Do what was asked; what the keyring refuses is said, never raised."""
    try:
        backend: Passwords = SecretService.Keyring()  # type: ignore[no-untyped-call]  # untyped
        if asked.do == "get":
            found = {key: backend.get_password(SERVICE, key) for key in asked.keys}
            return Said(values={key: value for key, value in found.items() if value is not None})
        if asked.do == "put":
            backend.set_password(SERVICE, asked.keys[0], asked.value)
        else:
            backend.delete_password(SERVICE, asked.keys[0])
    except PasswordDeleteError:
        return Said()
    except (KeyringError, OSError, RuntimeError) as error:
        # The kind is enough: a message might quote what was to be kept.
        return Said(error=type(error).__name__)
    return Said()


if __name__ == "__main__":
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    sys.stdout.buffer.write(msgspec.json.encode(answer(question)))
