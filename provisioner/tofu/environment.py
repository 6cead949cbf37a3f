"""The environment of OpenTofu, built from nothing.

The caller's environment may hold TF_*, TF_VAR_* or HCLOUD_* of another project, so nothing of it is
inherited but what a network needs (proxies and trust). Secrets reach OpenTofu here and only here.
Source: OpenTofu's documentation on environment variables and state encryption.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr

from provisioner.world import World

_PASSED_ON = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "TMPDIR",
)


class Derivation(NamedTuple):
    """How the passphrase becomes a key (PBKDF2)."""

    iterations: int
    hash: str
    """``sha512`` or ``sha256``."""


def encryption(passphrase: SecretStr, derivation: Derivation) -> str:
    """Return TF_ENCRYPTION: state and plan are always ciphertext, and plain ones are refused.

    ``derivation`` is for what is written; what is read says itself how it was written.
    """
    enforced = {"method": "method.aes_gcm.m", "enforced": True}
    provider = {
        "passphrase": passphrase.get_secret_value(),
        "iterations": derivation.iterations,
        "hash_function": derivation.hash,
    }
    return json.dumps(
        {
            "key_provider": {"pbkdf2": {"k": provider}},
            "method": {"aes_gcm": {"m": {"keys": "${key_provider.pbkdf2.k}"}}},
            "state": enforced,
            "plan": enforced,
        }
    )


def environment(
    world: World,
    *,
    token: SecretStr,
    passphrase: SecretStr,
    cli_config: Path,
    home: Path,
    derivation: Derivation,
    variables: Mapping[str, Any] | None = None,
    backend: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return every variable that OpenTofu is given.

    ``variables`` are the module's sensitive ones, handed over as TF_VAR_*; the others stand in a
    file. ``backend`` is what the state's backend is handed. ``home`` is where programs that look
    for a home directory find an empty one of ours.
    """
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    given = {f"TF_VAR_{name}": _literal(value) for name, value in (variables or {}).items()}
    return passed | {
        "CHECKPOINT_DISABLE": "1",
        "HCLOUD_ENDPOINT": world.hetzner,
        "HCLOUD_TOKEN": token.get_secret_value(),
        "HOME": str(home),
        "TF_CLI_CONFIG_FILE": str(cli_config),
        "TF_ENCRYPTION": encryption(passphrase, derivation),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        **given,
        **(backend or {}),
    }


def _literal(value: Any) -> str:
    """Return a variable as OpenTofu reads it: a string stands for itself, the rest is JSON."""
    return value if isinstance(value, str) else json.dumps(value)
