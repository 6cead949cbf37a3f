"""Signed messages as ACME wants them: JWS with ES256, flattened (RFC 7515, RFC 8555 section 6)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from provisioner.rehearsal.certificates.pairs import Key

_BYTES = 32


def encoded(content: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def public(key: Key) -> dict[str, str]:
    """Return the public half as a JWK, its members in the order of RFC 7638."""
    numbers = key.public_key().public_numbers()
    x, y = (encoded(each.to_bytes(_BYTES, "big")) for each in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def thumbprint(key: Key) -> str:
    """Return what names a key (RFC 7638)."""
    return encoded(hashlib.sha256(msgspec.json.encode(public(key))).digest())


def signed(key: Key, head: Mapping[str, Any], payload: object) -> bytes:
    """Return a signed message; a ``payload`` of None is an empty one, as for POST-as-GET."""
    protected = encoded(msgspec.json.encode({"alg": "ES256", **head}))
    content = "" if payload is None else encoded(msgspec.json.encode(payload))
    signature = key.sign(f"{protected}.{content}".encode(), ec.ECDSA(hashes.SHA256()))
    both = b"".join(each.to_bytes(_BYTES, "big") for each in decode_dss_signature(signature))
    return msgspec.json.encode(
        {"protected": protected, "payload": content, "signature": encoded(both)}
    )
