"""One page that says how a run ended and why: the first thing a helper reads."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.facts import Outcome, PhaseName, State
from provisioner.remedies import explain
from provisioner.view import View

REMARKS = 20
"""The last remarks that are shown."""
MOMENT = "%Y-%m-%d %H:%M:%S"
"""Of several runs, so the day counts; in UTC."""
_BAD = frozenset({State.FAILED, State.DEGRADED, State.RETRYING, State.MISSING})


_CHANGING = frozenset({PhaseName.APPLY, PhaseName.DESTROY})
"""Phases of which a run's own resources tell; those of a mere look are of an earlier run."""


def cause(view: View, *, alive: bool = False) -> str:
    """Return the page, in Markdown, from what the journal tells.

    ``alive`` says that the lock is held: a run that ended without a word is told from one at work.
    """
    return "\n".join((*_head(view, alive=alive), *_failed(view), *_there(view), *_said(view), ""))


def _head(view: View, *, alive: bool) -> Iterator[str]:
    yield f"# {view.fqdn}"
    yield ""
    run = view.run
    if run is None:
        yield "No run was ever begun."
        return
    ended = _ended(view.outcome, alive=alive)
    yield f"Run {run.run} (`{run.command}`, catalyst {run.version}, world {run.world}): {ended}."
    yield f"Last event: {view.seq}, {view.at:{MOMENT}} UTC."
    remedy = view.remedy
    if view.outcome is None and not alive:
        remedy = explain("runner_lost", {"fqdn": view.fqdn})
    if remedy is not None:
        yield ""
        yield f"- Code: `{remedy.code}`"
        yield f"- What: {remedy.what}"
        yield f"- Means: {remedy.means}"
        yield f"- Do: {remedy.action}"


def _ended(outcome: Outcome | None, *, alive: bool) -> str:
    if outcome is None:
        return "it goes on" if alive else "it ended without a word"
    return outcome.replace("_", " ")


def _failed(view: View) -> Iterator[str]:
    lines = [f"- {each.severity}: {each.reason} {each.remedy}" for each in view.findings]
    changed = bool(view.phases.keys() & _CHANGING)
    for line in view.resources.values() if changed else ():
        if line.state == "failed":
            why = line.remedy.what if line.remedy else "no reason was given"
            lines.append(f"- {line.kind} {line.name}: {why}")
    for name, node in view.nodes.items():
        if node.failed:
            lines.append(f"- node {name}: first boot failed at {node.stage}")
    for name, component in view.components.items():
        if component.state in _BAD:
            why = component.detail or component.reason or "no reason was given"
            lines.append(f"- {name}: {component.state}, {why}")
    lines += [
        f"- waits for {each.what}, since {each.since:{MOMENT}}" for each in view.waits.values()
    ]
    if lines:
        yield from ("", "## What failed or waits", "", *lines)


def _there(view: View) -> Iterator[str]:
    if view.inventory is not None:
        items = [f"- {each.kind} {each.name or each.id}" for each in view.inventory]
        yield from ("", "## What exists at the cloud, when last listed", "")
        yield from items or ("- nothing",)
        yield f"- {view.foreign} resources of others"


def _said(view: View) -> Iterator[str]:
    if view.remarks:
        yield from ("", "## Last remarks", "")
        for at, source, level, text in view.remarks[-REMARKS:]:
            yield f"- {at:{MOMENT}} {source} {level}: {text}"
