"""Where OpenTofu keeps its state: in the Sovereign's folder, or where the settings say.

The backend's plain settings stand in a file that overrides the module; its one secret reaches
OpenTofu by environment. Wherever it is kept, the state is ciphertext before it leaves.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from pydantic import SecretStr

from provisioner.files import write_private
from provisioner.settings import StateStore
from provisioner.tofu.workspace import OVERRIDE

SECRET = "state_backend"  # noqa: S105 - the name of a secret


class Backend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one kind of backend needs; see backends.toml."""

    variable: str
    own: dict[str, str]
    beside: dict[str, str]


@cache
def _backends() -> Mapping[str, Backend]:
    text = files("provisioner.tofu").joinpath("backends.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Backend])


def lay_backend(directory: Path, store: StateStore, names: Mapping[str, str]) -> None:
    """Write which backend a working directory uses; without one, its own folder keeps the state.

    ``names`` are fqdn and slug of the Sovereign, which keep its state apart from others'.
    """
    override = directory / OVERRIDE
    if store.backend == "local":
        override.unlink(missing_ok=True)
        return
    kind = _backends()[store.backend]
    given = kind.own | store.config
    filled = {
        name: _filled(value, names) for name, value in given.items() if name not in kind.beside
    }
    body = {"terraform": {"backend": {store.backend: filled}}}
    write_private(override, json.dumps(body, indent=2).encode())


def backend_variables(store: StateStore, secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    """Return what the backend is handed by environment: its secret, and whose that is."""
    if store.backend == "local":
        return {}
    kind, secret = _backends()[store.backend], secrets.get(SECRET)
    found = {
        kind.beside[name]: str(store.config[name]) for name in kind.beside & store.config.keys()
    }
    return found | ({kind.variable: secret.get_secret_value()} if secret else {})


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    """Return a setting with ``{fqdn}`` and ``{slug}`` filled in; other braces stay."""
    if not isinstance(value, str):
        return value
    for name, text in names.items():
        value = value.replace(f"{{{name}}}", text)
    return value
