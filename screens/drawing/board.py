"""Board: what the cluster is doing, component by component, and the one thing that is broken."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.cluster.progress import Progress
from provisioner.events import ComponentChanged
from provisioner.facts import PhaseName, Rung, State
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import bar, since
from screens.words import duration

if TYPE_CHECKING:
    from provisioner.view import ComponentLine, View

STATE, FOR, USUAL, EVIDENCE, REASON = 24, 42, 51, 54, 71
BAR = 20
_GLYPHS = {
    State.WAITING: ("·", "quiet"),
    State.FETCHING: ("▸", "going"),
    State.INSTALLING: ("▸", "going"),
    State.RETRYING: ("▸", "warn"),
    State.INSTALLED: ("▸", "going"),
    State.HEALTHY: ("✓", "ok"),
    State.DEGRADED: ("!", "warn"),
    State.FAILED: ("✗", "bad"),
    State.SUSPENDED: ("!", "warn"),
    State.MISSING: ("✗", "bad"),
}
_RUNGS = {Rung.SOURCE: "src", Rung.RELEASE: "rel", Rung.WORKLOADS: "wrk", Rung.PROBE: "prb"}


def progress_of(view: View, now: datetime) -> float:
    """Return how far the bootstrap is, from 0 to 1, as the engine weighs it."""
    if view.kit is None:
        return 0.0
    progress = Progress()
    progress.advance(view.kit, now)
    for name, line in view.components.items():
        progress.advance(
            ComponentChanged(component=name, state=line.state, rungs=line.rungs), line.since
        )
    progress.settled = view.all_healthy
    return progress.value(now)


def summary_rows(view: View, share: float, now: datetime, width: int) -> Rows:
    """Return how many are healthy, how far that is, and what stands above the components."""
    lines = view.components.values()
    healthy = sum(line.state is State.HEALTHY for line in lines)
    full, empty = bar(share, BAR)
    row = Row(" ").add(f"{healthy} of {len(lines)} healthy", "strong").add("   ")
    row.add(full, "ok").add(empty, "quiet").add(f" {int(share * 100)} %")
    row.right(_left(view, now), width - 1, "quiet")
    return [row.cut(width - 1), _above(view, width)]


def _left(view: View, now: datetime) -> str:
    if view.all_healthy:
        return "everything is healthy"
    seconds = seconds_left(view, now)
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes else "less than a minute left"


def seconds_left(view: View, now: datetime) -> float | None:
    """Return the usual rest of the longest chain that is not healthy, or None without a kit."""
    if not view.components:
        return None
    rest: dict[str, float] = {}
    for name, line in view.components.items():
        below = max((rest.get(each, 0.0) for each in line.expected.depends_on), default=0.0)
        if line.state is State.HEALTHY:
            rest[name] = 0.0
            continue
        begun = line.state is not State.WAITING
        passed = (now - line.since).total_seconds() if begun else 0.0
        rest[name] = below + max(line.expected.usual - passed, 0.1 * line.expected.usual)
    return max(rest.values())


def _above(view: View, width: int) -> Row:
    nodes = view.nodes.values()
    ready = sum(node.ready is True for node in nodes)
    fetched = sum(source.ready for source in view.sources.values())
    row = Row(" ").add(f"nodes {ready} of {len(nodes)} ready", _whole(ready, len(nodes)))
    if view.sources:
        said = f"sources {fetched} of {len(view.sources)}"
        row.add("    ").add(said, _whole(fetched, len(view.sources)))
    broken = next((n for n, s in view.sources.items() if not s.ready and s.message), None)
    if broken is not None:
        row.add("    ").add(f"{broken.rpartition('/')[2]}: {view.sources[broken].message}", "bad")
    elif view.kubernetes:
        row.add(f"    Kubernetes {view.kubernetes}", "quiet")
    return row.cut(width - 1)


def _whole(count: int, total: int) -> str:
    return "" if total and count == total else "warn"


def heading() -> Row:
    """Return the names of the columns."""
    row = Row("     component").to(STATE).add("state").right("for", FOR).right("usual", USUAL)
    return Row("", "").add(row.to(EVIDENCE).add("evidence").plain, "quiet")


def component_row(name: str, line: ComponentLine, now: datetime, width: int) -> Row:
    """Return one component, to stand behind the mark of the chosen row."""
    glyph, role = _GLYPHS[line.state]
    waiting = line.state is State.WAITING
    quiet = "quiet" if waiting else ""
    row = Row(" ").add(f"{glyph} ", role).add(name, quiet).to(STATE - 2)
    row.add(state_word(line), "bad" if role == "bad" else quiet)
    elapsed = "" if waiting else since(line.since, now)
    row.right(elapsed, FOR - 2).right(duration(line.expected.usual), USUAL - 2, "quiet")
    row.to(EVIDENCE - 2)
    if waiting and line.waits_on:
        row.add(f"on {', '.join(line.waits_on)}", "quiet")
        return row.cut(width - 3)
    for rung, word in _RUNGS.items():
        if rung not in line.expected.rungs:
            row.add("    ")
        elif rung in line.rungs:
            row.add(word, "ok").add(" ")
        else:
            row.add("···", "quiet").add(" ")
    overdue = line.state in (State.INSTALLING, State.FETCHING) and _late(line, now)
    row.add(line.reason or ("slow" if overdue else ""), "bad" if role == "bad" else "warn")
    return row.cut(width - 3)


def _late(line: ComponentLine, now: datetime) -> bool:
    return (now - line.since).total_seconds() > 2 * line.expected.usual


def state_word(line: ComponentLine) -> str:
    """Return the state, with the attempt where there are several."""
    if line.state is State.RETRYING and line.attempt:
        return f"retrying {line.attempt}" + (f"/{line.attempts}" if line.attempts else "")
    return line.state.value


def detail_rows(name: str, line: ComponentLine, view: View, now: datetime, width: int) -> Rows:
    """Return what there is to know about one component: why, since when, and what then."""
    from provisioner.remedies import explain

    role = _GLYPHS[line.state][1]
    rows = [Row(" ").add(name, "title").add(f"  {state_word(line)}", role)]
    if line.detail:
        rows += wrapped(line.detail, width - 2, most=3)
    elif line.state is State.WAITING and line.waits_on:
        rows += wrapped(f"Waits on {', '.join(line.waits_on)}.", width - 2)
    elif line.state is State.HEALTHY:
        rows += wrapped(f"Every rung holds for {since(line.since, now)}.", width - 2)
    if line.code:
        remedy = explain(line.code, {"component": name, "detail": line.detail})
        rows += wrapped(remedy.action, width - 2, most=2)
    if line.state in (State.FAILED, State.RETRYING, State.DEGRADED):
        rows.append(_weight(name, view, width))
    return rows


def _weight(name: str, view: View, width: int) -> Row:
    others = [each for each, line in view.components.items() if name in line.waits_on]
    if not others:
        return Row(" ").add("Nothing else waits on this.", "quiet")
    said = f"{len(others)} wait on this: {', '.join(others)}"
    return Row(" ").add(said, "warn").cut(width - 1)


def first_broken(view: View) -> int:
    """Return the place of the component to look at first: what is broken, else what is at work."""
    order = (State.FAILED, State.MISSING, State.DEGRADED, State.RETRYING, State.INSTALLING)
    states = [line.state for line in view.components.values()]
    return next((states.index(each) for each in order if each in states), 0)


def began(view: View) -> datetime | None:
    """Return when the bootstrap began."""
    line = view.phases.get(PhaseName.BOOTSTRAP)
    return line.started if line is not None else None
