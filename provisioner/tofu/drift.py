"""Drift: what somebody changed at the cloud behind OpenTofu's back, read from a shown plan.

Source: ``resource_drift`` of OpenTofu's JSON output 1.2. Only names of attributes leave this
module, since their values may be secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from provisioner.facts import Drift
from provisioner.tofu.translate import kind_of


def drift(shown: Mapping[str, Any]) -> tuple[Drift, ...]:
    """Return what is not as the state remembers it, without what changes by itself."""
    return tuple(
        each
        for each in map(_drift, shown.get("resource_drift", ()))
        if each is not None and (each.gone or each.attributes)
    )


def _drift(found: Mapping[str, Any]) -> Drift | None:
    if found.get("mode") != "managed" or not found["type"].startswith("hcloud_"):
        return None
    before, after = found["change"].get("before") or {}, found["change"].get("after")
    return Drift(
        address=found["address"],
        kind=kind_of(found["type"]),
        name=str(before.get("name") or found.get("index") or found["name"]),
        gone=after is None,
        attributes=() if after is None else tuple(_changed(found["type"], before, after)),
    )


def _changed(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    by_itself = _by_itself().get(kind, frozenset())
    for name in sorted({*before, *after}):
        if _meant(before.get(name)) != _meant(after.get(name)) and name not in by_itself:
            yield name


def _meant(value: Any) -> Any:
    """Return a value without what says nothing: to a provider, null and empty mean the same."""
    if isinstance(value, Mapping):
        kept = {name: _meant(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each is not None} or None
    if isinstance(value, list):
        return [_meant(each) for each in value] or None
    return value or None


@cache
def _by_itself() -> Mapping[str, frozenset[str]]:
    text = files("provisioner.tofu").joinpath("drift.toml").read_text("utf-8")
    return {kind: frozenset(names) for kind, names in tomllib.loads(text).items()}
