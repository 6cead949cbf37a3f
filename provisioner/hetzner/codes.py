"""The error codes of Hetzner's API by class (codes.toml): what can be done about each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

PREFIX = "hetzner_"
"""Before a code of the API, in the remedies."""


@cache
def classes() -> Mapping[str, frozenset[str]]:
    """Return the API's codes by class: ``untouched``, ``passing``, ``capacity`` and so on."""
    text = files("provisioner.hetzner").joinpath("codes.toml").read_text("utf-8")
    return {name: frozenset(codes) for name, codes in tomllib.loads(text).items()}


def is_of(code: str, *names: str) -> bool:
    """Return whether a remedy's code (``hetzner_locked``) belongs to one of these classes."""
    api_code = code.removeprefix(PREFIX)
    return code.startswith(PREFIX) and any(api_code in classes()[name] for name in names)


def class_of(code: str) -> str | None:
    """Return the class of a remedy's code; None for one that the API never says."""
    return next((name for name in classes() if is_of(code, name)), None)
