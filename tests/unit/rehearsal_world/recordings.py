"""Recordings of the real controllers: what was done to them, and what they wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

RECORDINGS = Path(__file__).parents[2] / "recordings" / "flux"
_DIGEST = re.compile(r"sha256:[0-9a-f]+")
_FOLDER = re.compile(r"kustomization-\d+")
_KINDS = {"helmrelease": "HelmRelease", "helmrepository": "HelmRepository"}
_COUNTERS = ("failures", "installFailures", "upgradeFailures")


class Deed(NamedTuple):
    """Something that was done from outside."""

    at: float
    kind: str
    name: str
    spec: dict[str, Any] | None
    annotations: dict[str, str] | None


State = tuple[Any, ...]


class Moment(NamedTuple):
    """A state, and when it was first seen."""

    at: float
    state: State


def lines(scenario: str) -> Iterator[dict[str, Any]]:
    """Yield a recording line by line."""
    for text in (RECORDINGS / f"{scenario}.jsonl").read_text("utf-8").splitlines():
        yield json.loads(text)


def deeds(scenario: str) -> list[Deed]:
    """Return what was done, with the spec that an apply brought."""
    every = list(lines(scenario))
    found = []
    for index, line in enumerate(every):
        verb, _, rest = line.get("do", "").partition(" ")
        which, _, told = rest.partition(" ")
        kind, _, name = which.partition("/")
        if verb == "apply":
            spec = next(
                later["spec"]
                for later in every[index:]
                if later.get("obj") == which and "spec" in later
            )
            found.append(Deed(line["t"], kind, name, spec, None))
        elif verb == "annotate":
            found.append(Deed(line["t"], _KINDS.get(kind, kind), name, None, json.loads(told)))
    return found


def recorded(scenario: str, kinds: tuple[str, ...], until: float) -> dict[str, list[Moment]]:
    """Return the states of each object up to a second, as the real controllers wrote them."""
    statuses: dict[str, dict[str, Any]] = {}
    seen: dict[str, list[Moment]] = {}
    for line in lines(scenario):
        known = line.get("obj", "").split("/")[0] in kinds
        if not known or "status" not in line or line["t"] > until:
            continue
        old = {} if line["ev"] == "ADDED" else statuses.get(line["obj"], {})
        full = {k: v for k, v in {**old, **line["status"]}.items() if v is not None}
        before = {c["type"]: c for c in old.get("conditions", [])}
        full["conditions"] = [
            before[c["type"]] if len(c) == 1 else c for c in full.get("conditions", [])
        ]
        statuses[line["obj"]] = full
        add(seen.setdefault(line["obj"], []), line["t"], full)
    return seen


def add(moments: list[Moment], at: float, status: dict[str, Any]) -> None:
    """Append a status as a state, unless it says what the last one said."""
    state = _state(status)
    if not moments or moments[-1].state != state:
        moments.append(Moment(at, state))


def _state(status: dict[str, Any]) -> State:
    conditions = tuple(
        (c["type"], c["status"], c["reason"], c["observedGeneration"], _plain(c["message"]))
        for c in status.get("conditions", ())
    )
    history = tuple(
        (entry.get("version"), entry.get("status")) for entry in status.get("history", ())
    )
    counters = tuple(status.get(name) for name in _COUNTERS)
    return conditions, status.get("observedGeneration", -1), counters, history


def _plain(message: str) -> str:
    return _FOLDER.sub("kustomization-…", _DIGEST.sub("sha256:…", message))


def difference(real: Iterable[Moment], played: Iterable[Moment], slack: float) -> str:
    """Return the first place where two sequences part, in state or by more seconds than slack."""
    shown = [*played]
    for index, expected in enumerate(real):
        got = shown[index] if index < len(shown) else None
        if got is None or expected.state != got.state or abs(expected.at - got.at) > slack:
            return f"state {index}:\n  real   {expected}\n  played {got}"
    return ""
