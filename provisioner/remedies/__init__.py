"""Every failure a user can meet: what happened, what it means, what to do.

The texts are data: one TOML file an area beside this one, a table a code. A sentence may name facts
in braces; a fact that is not known reads as ``?``, so that explaining can never fail.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from provisioner.errors import CatalystError


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator is told about one failure."""

    code: str
    """Stable name, for scripts and for searching."""
    what: str
    """What happened, in one sentence."""
    means: str
    """What it means for the run and for money."""
    action: str
    """What to do now."""
    next: tuple[str, ...] = ()
    """The commands that the action names, best first: what a key can offer."""


_COMMAND = re.compile(r"`catalyst ([a-z]+)")


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every known code with its raw sentences (``what``, ``means``, ``action``)."""
    merged: dict[str, Mapping[str, str]] = {}
    for entry in files(__name__).iterdir():
        if entry.name.endswith(".toml"):
            merged.update(tomllib.loads(entry.read_text("utf-8")))
    return merged


def explain(code: str, facts: Mapping[str, str] | None = None) -> Remedy:
    """Return the remedy of ``code`` with its sentences filled from ``facts``."""
    known = code if code in catalogue() else "unexpected"
    filled = _Facts(facts or {})
    filled.setdefault("code", code)
    text = catalogue()[known]
    return Remedy(
        code=code,
        what=text["what"].format_map(filled),
        means=text["means"].format_map(filled),
        action=text["action"].format_map(filled),
        # Of the raw text: a fact may quote what others wrote.
        next=tuple(dict.fromkeys(_COMMAND.findall(text["action"]))),
    )


def remedy_of(error: CatalystError) -> Remedy:
    """Return the remedy of an error, filled with the error's own facts."""
    return explain(error.code, error.facts)
