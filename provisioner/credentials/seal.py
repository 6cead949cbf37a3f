"""How the vault file is sealed: a key from a password or a key file, and AES-256-GCM under it.

Source: RFC 9106's second recommended setting of Argon2id. The header, with its version and the
parameters, and the vault's name are authenticated with the content, so that none can be exchanged.
"""

from __future__ import annotations

import base64
import secrets
from typing import Annotated, Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import SecretStr

from provisioner.errors import CredentialError

VERSION = 1
PASSES = 3
MEMORY_KIB = 64 * 1024
LANES = 4
KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12

Bounded = Annotated[int, msgspec.Meta(ge=1, le=1024 * 1024)]
"""No file may make us spend more than a GiB before it is known to be ours."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known to open a vault."""

    format: str = "catalyst-vault"
    version: int = VERSION
    opened_by: str
    """``password`` or ``keyfile``."""
    salt: str = ""
    """Base64; of a password's key."""
    passes: Annotated[int, msgspec.Meta(ge=1, le=64)] = PASSES
    memory_kib: Bounded = MEMORY_KIB
    lanes: Annotated[int, msgspec.Meta(ge=1, le=64)] = LANES


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    header: Header
    nonce: str
    content: str


class Password:
    """A key made from what the operator types or gives by environment."""

    opened_by = "password"

    def __init__(self, password: SecretStr) -> None:
        self._password = password
        self._last: tuple[Header, bytes] | None = None

    def key(self, header: Header) -> bytes:
        """Return the key; takes about a tenth of a second and 64 MiB on purpose, once a file."""
        if self._last is None or self._last[0] != header:
            self._last = header, self._derive(header)
        return self._last[1]

    def _derive(self, header: Header) -> bytes:
        derivation = Argon2id(
            salt=base64.b64decode(header.salt),
            length=KEY_BYTES,
            iterations=header.passes,
            lanes=header.lanes,
            memory_cost=header.memory_kib,
        )
        return derivation.derive(self._password.get_secret_value().encode())


class KeyFile:
    """A key of 32 random bytes, as a file holds it."""

    opened_by = "keyfile"

    def __init__(self, key: bytes) -> None:
        self._key = key

    def key(self, header: Header) -> bytes:  # noqa: ARG002 - the key is the file
        """Return the key."""
        return self._key


Opener = Password | KeyFile


def seal(secrets_by_key: dict[str, str], opener: Opener, name: str) -> bytes:
    """Return the file that holds these secrets; salt and nonce are new every time."""
    salt = base64.b64encode(secrets.token_bytes(SALT_BYTES)).decode()
    header = Header(opened_by=opener.opened_by, salt=salt)
    nonce = secrets.token_bytes(NONCE_BYTES)
    content = AESGCM(opener.key(header)).encrypt(
        nonce, msgspec.json.encode(secrets_by_key), _bound(header, name)
    )
    sealed = Sealed(
        header=header,
        nonce=base64.b64encode(nonce).decode(),
        content=base64.b64encode(content).decode(),
    )
    return msgspec.json.encode(sealed)


def unseal(file: bytes, opener: Opener, name: str, path: object) -> dict[str, str]:
    """Return the secrets of a file; raises CredentialError saying why it does not open."""
    try:
        _refuse_newer(msgspec.json.decode(file), path)
        sealed = msgspec.json.decode(file, type=Sealed)
        nonce, content = base64.b64decode(sealed.nonce), base64.b64decode(sealed.content)
        key = opener.key(sealed.header)
    except (ValueError, RecursionError, MemoryError) as error:
        # msgspec's errors, wrong base64 and impossible parameters are ValueErrors all.
        raise CredentialError("vault_damaged", path=path, reason=type(error).__name__) from None
    try:
        plain = AESGCM(key).decrypt(nonce, content, _bound(sealed.header, name))
        return msgspec.json.decode(plain, type=dict[str, str])
    except (InvalidTag, ValueError):
        raise CredentialError("vault_wrong_password", path=path) from None


def _bound(header: Header, name: str) -> bytes:
    """Return what is authenticated beside the content.

    ``name`` is the file's place in its home, not on the disk: a home that moves still opens.
    """
    return msgspec.json.encode([name, header])


def _refuse_newer(file: Any, path: object) -> None:
    header = file.get("header") if isinstance(file, dict) else None
    version = header.get("version") if isinstance(header, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise CredentialError("vault_newer", path=path, version=version)
