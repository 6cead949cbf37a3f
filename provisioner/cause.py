"""One page that says how a run ended and why: the first thing a helper reads."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.facts import State
from provisioner.view import View

REMARKS = 20
"""The last remarks that are shown."""
_BAD = frozenset({State.FAILED, State.DEGRADED, State.RETRYING, State.MISSING})


def cause(view: View) -> str:
    """Return the page, in Markdown, from what the journal tells."""
    return "\n".join((*_head(view), *_failed(view), *_there(view), *_said(view), ""))


def _head(view: View) -> Iterator[str]:
    yield f"# {view.fqdn}"
    yield ""
    run = view.run
    if run is None:
        yield "No run was ever begun."
        return
    ended = view.outcome.replace("_", " ") if view.outcome else "no word: it goes on, or died"
    yield f"Run {run.run} (`{run.command}`, catalyst {run.version}, world {run.world}): {ended}."
    yield f"Last event: {view.seq}, {view.at:%Y-%m-%d %H:%M:%S} UTC."
    if view.remedy is not None:
        remedy = view.remedy
        yield ""
        yield f"- Code: `{remedy.code}`"
        yield f"- What: {remedy.what}"
        yield f"- Means: {remedy.means}"
        yield f"- Do: {remedy.action}"


def _failed(view: View) -> Iterator[str]:
    lines = [f"- {each.severity}: {each.reason} {each.remedy}" for each in view.findings]
    for line in view.resources.values():
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
        f"- waits for {each.what}, since {each.since:%H:%M:%S}" for each in view.waits.values()
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
            yield f"- {at:%H:%M:%S} {source} {level}: {text}"
