"""The settings of the house: what all Sovereigns of one operator share.

Shipped values stand in defaults.toml; the operator's settings.toml overrides single keys. What is
decided per Sovereign is no setting (see provisioner.spec).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import msgspec

from provisioner.errors import AnswersRefused
from provisioner.home import Home

_SECRET_SETTINGS = frozenset({"conn_str", "password", "secret_key", "token"})


class StateStore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where OpenTofu keeps the state of every Sovereign."""

    backend: Literal["local", "pg", "s3", "http"] = "local"
    config: dict[str, Any] = {}
    """The backend's own settings, as OpenTofu documents them; none of them secret."""

    def __post_init__(self) -> None:
        """Refuse what would be written to a file in clear."""
        if secret := sorted(_SECRET_SETTINGS & self.config.keys()):
            raise ValueError(f"{secret[0]} is a secret: give it as CATALYST_STATE_BACKEND")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting; the comment above each in defaults.toml says what it is for."""

    pools: tuple[str, ...]
    reserved_labels: frozenset[str]
    image: str
    load_balancer_type: str
    new_account_servers: int
    minimum_disk_mib: int
    node_overhead_mib: int
    state_iterations: Annotated[int, msgspec.Meta(ge=200_000)]
    state_hash: Literal["sha512", "sha256"]
    architectures: tuple[str, ...]
    tools: dict[str, str]
    state: StateStore


@cache
def default_settings() -> Settings:
    """Return the settings as shipped."""
    return msgspec.convert(_shipped(), Settings)


def load_settings(home: Home) -> Settings:
    """Return the settings of one home; raises AnswersRefused naming the file and the reason."""
    try:
        text = home.settings.read_text("utf-8")
    except FileNotFoundError:
        return default_settings()
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(home, error) from error
    try:
        return msgspec.convert(_shipped() | tomllib.loads(text), Settings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise _refused(home, error) from error


def _shipped() -> dict[str, Any]:
    text = files("provisioner").joinpath("defaults.toml").read_text("utf-8")
    return tomllib.loads(text)


def _refused(home: Home, error: Exception) -> AnswersRefused:
    return AnswersRefused("settings_unreadable", path=home.settings, reason=error)
