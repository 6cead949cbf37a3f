"""One component in detail: what is wrong, what its objects say, where to look further."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from screens.drawing.board import GLYPHS, state_word
from screens.drawing.rows import Row, Rows, fit, wrapped
from screens.drawing.values import ago, since
from screens.words import duration

if TYPE_CHECKING:
    from provisioner.cluster.detail import ConditionLine, Container, Detail, EventLine
    from provisioner.view import ComponentLine

TYPE, REASON, AGE = 7, 24, 46
AGES = 9
_ILL = frozenset(
    {
        "Stalled",
        "ReplicaFailure",
        "DisruptionTarget",
        "FetchFailed",
        "StorageOperationFailed",
        "Failed",
        "FailureTarget",
        "Remediated",
    }
)
"""Conditions that are bad when they are true."""
_PASSING = frozenset({"Reconciling", "Suspended"})
"""Conditions that say what goes on when they are true."""


def standing_rows(name: str, line: ComponentLine, now: datetime, width: int) -> Rows:
    """Return where a component stands, since when, and why."""
    glyph, role = GLYPHS[line.state]
    row = Row(" ").add(f"{glyph} ", role).add(name, "title").add(f"  {state_word(line)}", role)
    row.add(f" for {since(line.since, now)}")
    row.add(f", usually {duration(line.expected.usual)}", "quiet")
    title = fit(line.expected.title, max(width - 4 - row.width, 0))
    rows = [row.right(title, width - 1, "quiet").cut(width - 1)]
    if line.detail:
        rows += wrapped(line.detail, width - 2, indent=3, most=2)
    elif line.waits_on:
        rows.append(Row("   ").add(f"Waits on {', '.join(line.waits_on)}."))
    return rows


def detail_rows(found: Detail, now: datetime, width: int, chosen: Container | None) -> Rows:
    """Return everything there is to know, what is wrong first."""
    rows = [_head("Containers", len(found.containers))]
    rows += [row for each in found.containers for row in _container(each, width, each == chosen)]
    ordered = sorted(found.conditions, key=lambda each: _sound(each) is not False)
    rows += [Row(), _head("Conditions", len(ordered))]
    for name, lines in groupby(ordered, key=lambda each: each.object):
        rows.append(Row("   ").add(name, "quiet").cut(width - 1))
        rows += [row for each in lines for row in _condition(each, now, width)]
    rows += [Row(), _head("Events", len(found.events))]
    rows += [row for each in found.events for row in _event(each, now, width)]
    rows += [Row(), Row(" ").add("To look further", "title")]
    return rows + [row for each in found.commands for row in _command(each, width)]


def _head(title: str, count: int) -> Row:
    row = Row(" ").add(title, "title")
    return row if count else row.add("   none", "quiet")


def _container(each: Container, width: int, chosen: bool) -> Rows:
    glyph, role = ("✗", "bad") if each.failing else ("·", "quiet")
    row = Row(" ").add("▸" if chosen else " ", "key").add(f" {glyph} ", role)
    row.add(f"{each.pod}/{each.name}").cut(width - 1)
    return [row, *wrapped(each.said, width - 2, indent=TYPE, role="bad", most=3)]


def _sound(each: ConditionLine) -> bool | None:
    """Return whether a condition is as it should be; None where it says that something goes on."""
    if each.status not in ("True", "False"):
        return None
    true = each.status == "True"
    if each.type in _PASSING:
        return None if true else True
    return true is not (each.type in _ILL)


def _condition(each: ConditionLine, now: datetime, width: int) -> Rows:
    sound = _sound(each)
    glyph, role = {True: ("✓", "ok"), False: ("✗", "bad"), None: ("▸", "going")}[sound]
    row = Row("     ").add(f"{glyph} ", role)
    row.add(each.type if each.status == "True" else f"{each.type}={each.status}").to(REASON)
    row.add(f" {each.reason}").right(_age(each.since, now), width - 1, "quiet")
    if sound:
        return [row.cut(width - 1)]
    return [row.cut(width - 1), *wrapped(each.message, width - 2, indent=TYPE, most=4)]


def _event(each: EventLine, now: datetime, width: int) -> Rows:
    warning = each.type == "Warning"
    row = Row("   ").right(_age(each.last, now), 3 + AGES, "quiet").add("  ")
    row.add("! " if warning else "· ", "warn" if warning else "quiet")
    times = f" x{each.count}" if each.count > 1 else ""
    row.add(f"{each.reason}{times}").add(f"   {each.object}", "quiet")
    return [row.cut(width - 1), *wrapped(each.message, width - 2, indent=AGES + 7, most=3)]


def _command(text: str, width: int) -> Rows:
    rows = wrapped(text, width - 2, indent=5, most=3)
    if rows:
        rows[0] = Row("   ").add("$ ", "quiet").add(rows[0].plain.strip())
    return rows


def _age(stamp: str, now: datetime) -> str:
    try:
        at = datetime.fromisoformat(stamp)
        return f"{ago(at, now)} ago"
    except (ValueError, TypeError):
        return ""


def facts_head(trouble: str, width: int) -> Rows:
    """Return what stands in the place of the details while there are none."""
    if not trouble:
        return [Row(" ").add("Asking the cluster, through SSH.", "quiet")]
    rows = wrapped(trouble, width - 2, role="warn", most=4)
    return [*rows, Row(), Row(" ").add("It is tried again every few seconds.", "quiet")]


def pull_hint(namespace: str) -> str:
    """Return how a component is given credentials for a registry."""
    return (
        f"kubectl -n {namespace} create secret generic pull --type=kubernetes.io/dockerconfigjson "
        "--from-file=.dockerconfigjson=$HOME/.docker/config.json, then name it in "
        "imagePullSecrets of its service account or values. r has Flux look again."
    )


def chosen_of(containers: Sequence[Container], before: Container | None) -> Container | None:
    """Return the container to read on: the same one, else the worst."""
    if before is not None:
        for each in containers:
            if (each.namespace, each.pod, each.name) == (before.namespace, before.pod, before.name):
                return each
    return next(iter(containers), None)
