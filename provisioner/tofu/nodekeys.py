"""Secrets that the module remembers: what a machine needs to be known and to join.

They are made for every plan and given to OpenTofu by environment; the module keeps the first ones
in its encrypted state and ignores later ones, so nothing else has to remember them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

_TOKEN_BYTES = 32


def sensitive_variables(nodes: Iterable[str]) -> dict[str, Any]:
    """Return fresh values of the module's sensitive variables for these node keys."""
    return {
        "first_contact": {node: _host_key() for node in nodes},
        "join_token": secrets.token_hex(_TOKEN_BYTES),
        "agent_token": secrets.token_hex(_TOKEN_BYTES),
    }


def _host_key() -> dict[str, str]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return {"private_key": private.decode(), "public_key": public.decode()}
