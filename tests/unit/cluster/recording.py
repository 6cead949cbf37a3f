"""Reads recordings of real Flux controllers, and plays them to a board.

One JSON object a line: ``do`` (what was done to the cluster), ``event`` (a core Event) or ``obj``
(one version of one object). Status is delta coded: a missing key is as before, null is gone; of the
conditions, ``{"type": X}`` alone is as before, and what is not listed is gone. An object that is
ADDED begins with nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from provisioner.cluster.board import Board
from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.ports import Changed, Object, Resource, Snapshot
from provisioner.events import ComponentChanged, Event
from provisioner.facts import ExpectedComponent, Release, Rung

FOLDER = Path(__file__).parents[2] / "recordings" / "flux"
NAMES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
RESOURCES = {
    kind: resource
    for resource, kind in {
        **kinds.WORKLOADS,
        **kinds.SOURCES,
        kinds.HELM_RELEASES: "HelmRelease",
    }.items()
}


class Step(NamedTuple):
    """One line, as a watch would have told it."""

    at: float
    message: Changed


def steps(name: str) -> Iterator[Step]:
    """Yield the versions of all objects of a recording; Events and driver's lines are left out."""
    known: dict[str, Object] = {}
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            kind = str(line.get("obj", "")).partition("/")[0]
            if kind not in RESOURCES:
                continue
            item = _version(name, line, known.get(line["obj"]))
            known[line["obj"]] = item
            yield Step(line["t"], Changed(RESOURCES[kind], item, line["ev"] == "DELETED"))


def events(name: str) -> Iterator[tuple[float, Object]]:
    """Yield the core Events of a recording."""
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if "event" in line:
                kind, _, about = line["on"].partition("/")
                yield (
                    line["t"],
                    {
                        "metadata": {"name": line["id"], "namespace": name},
                        "type": line["event"],
                        "reason": line.get("reason"),
                        "message": line.get("message"),
                        "involvedObject": {"kind": kind, "namespace": name, "name": about},
                    },
                )


def _version(namespace: str, line: dict[str, Any], before: Object | None) -> Object:
    kind, _, name = line["obj"].partition("/")
    old = before if before is not None and line["ev"] != "ADDED" else {}
    meta = {**old.get("metadata", {}), "name": name, "namespace": namespace}
    meta |= {"generation": line["gen"]} if "gen" in line else {}
    for key in ("labels", "annotations", "finalizers", "deletionTimestamp"):
        if key in line:
            meta[key] = line[key]
    spec = line.get("spec", old.get("spec", {}))
    status = dict(old.get("status", {}))
    if kind == "Deployment":
        spec = {"replicas": line["replicas"]}
        ready = line["ready"] if line["Available"] == "True" else 0
        status = {"availableReplicas": ready, "updatedReplicas": line["updated"]}
    elif "status" in line:
        status = _merged(status, line["status"])
    return {"metadata": meta, "spec": spec, "status": status}


def _merged(old: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    merged = {key: value for key, value in {**old, **delta}.items() if value is not None}
    before = {each["type"]: each for each in old.get("conditions", [])}
    merged["conditions"] = [
        before[each["type"]] if len(each) == 1 else each for each in merged.get("conditions", [])
    ]
    return merged


def expected(name: str) -> tuple[ExpectedComponent, ...]:
    """Return a component for each release of a recording, as its first version asks for it."""
    found: dict[str, ExpectedComponent] = {}
    for _, message in steps(name):
        meta, spec = message.object["metadata"], message.object["spec"]
        if message.resource == kinds.HELM_RELEASES and meta["name"] not in found:
            found[meta["name"]] = ExpectedComponent(
                name=meta["name"],
                releases=(Release(namespace=name, name=meta["name"]),),
                depends_on=tuple(each["name"] for each in spec.get("dependsOn", ())),
                rungs=(Rung.SOURCE, Rung.RELEASE),
            )
    return tuple(found.values())


def play(name: str, *, until: float | None = None, from_: float = 0.0) -> list[tuple[float, Event]]:
    """Play a recording to a board; return what it told, with the second.

    ``from_`` attaches late: all before comes as one list of what is there by then.
    """
    board = Board(expected(name), Pace(), from_)
    told: list[tuple[float, Event]] = []
    there: dict[Resource, dict[str, Object]] = {each: {} for each in kinds.WATCHED}
    ahead = []
    for at, message in steps(name):
        if at > from_:
            ahead.append(Step(at, message))
            continue
        objects = there[message.resource]
        objects.pop(message.object["metadata"]["name"], None)
        if not message.gone:
            objects[message.object["metadata"]["name"]] = message.object
    for resource, objects in there.items():
        board.feed(Snapshot(resource, tuple(objects.values())), from_)
    now = from_
    for at, message in ahead:
        if until is not None and at > until:
            break
        now = _pass(board, now, at, told)
        board.feed(message, at)
    _pass(board, now, (until if until is not None else now + 3), told)
    return told


def _pass(board: Board, now: float, until: float, told: list[tuple[float, Event]]) -> float:
    while (due := now + max(board.wake(now), 0.001)) <= until:
        now = due
        told += [(now, event) for event in board.flush(now)]
    return until


def states(told: list[tuple[float, Event]], component: str) -> list[tuple[float, str, str]]:
    """Return second, state and reason of a component, where the state or attempt changed."""
    found: list[tuple[float, str, str]] = []
    for at, event in told:
        if isinstance(event, ComponentChanged) and event.component == component:
            shown = " ".join(filter(None, (event.state.value, _attempt(event))))
            if not found or found[-1][1] != shown:
                found.append((round(at, 1), shown, event.reason))
    return found


def _attempt(event: ComponentChanged) -> str:
    of = f"/{event.attempts}" if event.attempts else ""
    return f"{event.attempt}{of}" if event.attempt else ""
