"""Secrets that the module remembers: what a machine needs to be known and to join.

They are given to OpenTofu by environment; the module keeps the first ones in its encrypted state
and ignores later ones. But an OpenTofu that is killed, or whose disk is full, writes no state, and
the servers that it made know only these. So they stand beside it, sealed by the state's passphrase.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import SecretStr

from provisioner.credentials.seal import Password, seal, unseal
from provisioner.errors import CredentialError, HomeError, TofuError
from provisioner.files import write_private

_TOKEN_BYTES = 32
_NAME = "first-contact"
"""What the seal is bound to."""
_HOST_KEYS = "first_contact"
Variables = dict[str, Any]


def kept_variables(path: Path, passphrase: SecretStr, nodes: Collection[str]) -> Variables:
    """Return the module's sensitive variables for these node keys: the ones that ``path`` keeps.

    What it lacks is made and kept first; the key of a node that is wanted no more is dropped.
    Blocks for some tenths of a second. Raises TofuError when the passphrase does not open what is
    kept, HomeError when the disk refuses.
    """
    kept = _kept(path, passphrase)
    wanted = sensitive_variables(node for node in nodes if node not in kept.get(_HOST_KEYS, {}))
    wanted |= {name: value for name, value in kept.items() if name != _HOST_KEYS}
    known = {node: key for node, key in kept.get(_HOST_KEYS, {}).items() if node in nodes}
    wanted[_HOST_KEYS] |= known
    if wanted != kept:
        text = msgspec.json.encode(wanted).decode()
        write_private(path, seal({_NAME: text}, Password(passphrase), _NAME))
    return wanted


def sensitive_variables(nodes: Iterable[str]) -> Variables:
    """Return fresh values of the module's sensitive variables for these node keys."""
    return {
        _HOST_KEYS: {node: _host_key() for node in nodes},
        "join_token": secrets.token_hex(_TOKEN_BYTES),
        "agent_token": secrets.token_hex(_TOKEN_BYTES),
    }


def _kept(path: Path, passphrase: SecretStr) -> Variables:
    try:
        opened = unseal(path.read_bytes(), Password(passphrase), _NAME, path)
        return msgspec.json.decode(opened[_NAME], type=Variables)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise HomeError("home_unusable", path=path, reason=error.strerror) from error
    except CredentialError as error:
        if error.code == "vault_wrong_password":
            raise TofuError("tofu_wrong_passphrase", path=path) from None
        # A damaged file is as good as none: in nearly every case the state holds all of it.
        return {}


def _host_key() -> dict[str, str]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return {"private_key": private.decode(), "public_key": public.decode()}
