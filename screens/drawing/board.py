"""Board: what the cluster is doing, component by component, and the one thing that is broken."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.cluster.graph import depths
from provisioner.facts import Rung, State
from screens.drawing.remedy import keyed_rows
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import ago, bar, since
from screens.words import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provisioner.view import ComponentLine, View
    from screens.drawing.frame import Key

STATE, FOR, USUAL, EVIDENCE, REASON = 24, 42, 51, 54, 71
BAR = 20
TALL = 12
"""Rows that a text may take where there is room."""
GLYPHS = {
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
    return view.progress.value(now)


def by_depth(view: View) -> list[tuple[str, int]]:
    """Return each component with its depth, from 1, those first on which the others wait."""
    depth = depths(line.expected for line in view.components.values())
    return sorted(((name, depth[name] + 1) for name in view.components), key=lambda each: each[1])


def fitting(names: list[tuple[str, int]], view: View, text: str) -> list[tuple[str, int]]:
    """Return those whose name, state, reason or root cause holds a text."""
    wanted = text.strip().lower()

    def fits(name: str) -> bool:
        line = view.components[name]
        told = (name, state_word(line), line.reason, *line.waits_on)
        return any(wanted in each.lower() for each in told)

    return [each for each in names if fits(each[0])]


def summary_rows(view: View, share: float, now: datetime, width: int) -> Rows:
    """Return how many are healthy, how far that is, and what stands above the components."""
    lines = view.components.values()
    healthy = sum(line.state is State.HEALTHY for line in lines)
    full, empty = bar(share, BAR)
    row = Row(" ").add(f"{healthy} of {len(lines)} healthy", "strong").add("   ")
    row.add(full, "ok").add(empty, "quiet").add(f" {int(share * 100)} %")
    row.right(_left(view, now), width - 1, "quiet")
    return [row.cut(width - 1), _above(view, width)]


def last_look(view: View, now: datetime) -> datetime:
    """Return the moment of which the board tells: now, or when the last run stopped looking."""
    return view.finished_at if view.finished_at is not None else now


def _left(view: View, now: datetime) -> str:
    if view.all_healthy:
        return "everything is healthy"
    if view.finished_at is not None:
        return f"as the run left it, {ago(view.finished_at, now)} ago"
    held = next((n for n, line in view.components.items() if _is_held(line)), None)
    if held is not None:
        return f"held up by {held}"
    seconds = seconds_left(view, now)
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes else "less than a minute left"


def _is_held(line: ComponentLine) -> bool:
    """Return whether something is wrong with a component, so that no usual time tells its end."""
    return line.state is State.FAILED or (line.state is not State.HEALTHY and bool(line.code))


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
    row = Row("      component").to(STATE).add("state").right("for", FOR).right("usual", USUAL)
    return Row("", "").add(row.to(EVIDENCE).add("evidence").plain, "quiet")


def component_rows(
    names: list[tuple[str, int]], view: View, now: datetime, width: int
) -> list[Row]:
    """Return one row a component; the first of each depth carries its number."""
    rows, above = [], 0
    for name, depth in names:
        mark = f"{depth}" if depth != above else ""
        rows.append(component_row(mark, name, view.components[name], now, width))
        above = depth
    return rows


def component_row(mark: str, name: str, line: ComponentLine, now: datetime, width: int) -> Row:
    """Return one component, to stand behind the mark of the chosen row."""
    glyph, role = GLYPHS[line.state]
    waiting = line.state is State.WAITING
    quiet = "quiet" if waiting else ""
    row = Row(f"{mark:>1} ", "quiet").add(f"{glyph} ", role).add(name, quiet).to(STATE - 2)
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


def detail_rows(
    name: str,
    line: ComponentLine,
    view: View,
    now: datetime,
    width: int,
    keys: Sequence[Key],
    *,
    tall: bool = False,
) -> Rows:
    """Return what there is to know about one component: why, since when, and what then.

    ``tall`` says that there is more room below than aside; ``keys`` are those of the page.
    """
    from provisioner.remedies import explain

    role = GLYPHS[line.state][1]
    head = Row(" ").add(name, "title").add(f"  {state_word(line)}", role)
    rows = [head]
    if line.state in (State.FAILED, State.RETRYING, State.DEGRADED):
        said, weight = _weight(name, view)
        if tall:
            rows += [*wrapped(f"{said[0].upper()}{said[1:]}.", width - 2, role=weight), Row()]
        else:
            head.add("   ").add(said, weight)
    head.cut(width - 1)
    most = TALL if tall else 3
    if line.detail:
        rows += wrapped(line.detail, width - 2, most=most)
    elif line.state is State.WAITING and line.waits_on:
        rows += wrapped(f"Waits on {', '.join(line.waits_on)}.", width - 2)
    elif line.state is State.HEALTHY:
        rows += wrapped(f"Every rung holds for {since(line.since, now)}.", width - 2)
    if line.code:
        remedy = explain(line.code, {"fqdn": view.fqdn, "component": name, "detail": line.detail})
        rows += keyed_rows(remedy.action, keys, width - 2, most=TALL if tall else 2)
    return rows


def _weight(name: str, view: View) -> tuple[str, str]:
    others = [each for each, line in view.components.items() if name in line.waits_on]
    if not others:
        return "nothing waits on this", "quiet"
    return f"{len(others)} wait on this: {', '.join(others)}", "warn"


_FIRST = (State.FAILED, State.MISSING, State.DEGRADED, State.RETRYING, State.INSTALLING)


def first_broken(names: list[tuple[str, int]], view: View) -> int:
    """Return the place of the component to look at first: what is broken, else what is at work."""
    states = [view.components[name].state for name, _ in names]
    return next((states.index(each) for each in _FIRST if each in states), 0)


def next_broken(names: list[tuple[str, int]], view: View, here: int) -> int:
    """Return the place of the next component behind this one that is broken; else this one."""
    ill = [at for at, (name, _) in enumerate(names) if view.components[name].state in _FIRST[:4]]
    return next((at for at in ill if at > here), ill[0] if ill else here)
