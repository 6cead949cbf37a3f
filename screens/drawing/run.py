"""Run: what is being done now, how long it takes, and what it costs so far."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from provisioner.facts import Outcome, PhaseName
from provisioner.meter import spent
from screens.drawing.frame import STEP_MARKS, STOPPED
from screens.drawing.kinds import kind_name
from screens.drawing.remedy import keyed_rows
from screens.drawing.road import ROAD, stop_of, title_of
from screens.drawing.rows import Row, Rows
from screens.drawing.values import since, spent_words
from screens.words import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provisioner.view import NodeLine, PhaseLine, ResourceLine, View
    from screens.drawing.frame import Key

NAME, SAYS = 19, 54
_DOING = {"create": "creating", "update": "changing", "replace": "replacing", "delete": "deleting"}
_GLYPH = {"done": ("✓", "ok"), "going": ("▸", "going"), "failed": ("✗", "bad")}
GOING_DOWN = "Its servers are switched off, and what goes is planned"
_LEAD = {
    PhaseName.PREFLIGHT: "Asking reality before anything is rented",
    PhaseName.PLAN: "OpenTofu plans, and every price is looked up",
    PhaseName.ACCESS: "Reaching the nodes and their Kubernetes API, by SSH alone",
    PhaseName.BOOTSTRAP: "The cluster installs its kit",
    PhaseName.DESTROY: "Looking at what there is, before it is taken down",
    PhaseName.DNS: "The name is pointed at the load balancer",
    PhaseName.VERIFY: "Looking at the Sovereign from outside",
}


def current_phase(view: View) -> tuple[PhaseName, PhaseLine] | None:
    """Return the phase that is at work, or the last one that was."""
    going = [(name, line) for name, line in view.phases.items() if line.ok is None]
    last = list(view.phases.items())[-1:]
    found = going[-1:] or last
    return found[0] if found else None


def activity_rows(
    view: View, now: datetime, width: int, height: int, keys: Sequence[Key] = ()
) -> Rows:
    """Return what the run does, in at most ``height`` rows; its ending names these keys."""
    if view.outcome is not None and view.outcome not in (Outcome.READY, Outcome.PLANNED):
        return ending_rows(view, width, height, keys)
    current = current_phase(view)
    if current is None:
        return [Row(" ").add("The runner begins.")]
    phase, line = current
    if view.outcome is None and phase in (PhaseName.APPLY, PhaseName.DESTROY) and view.begun:
        rows = [_counts(view, line, width)]
        rows += resource_rows(view, now, width, height - 1 - len(view.waits))
        rows += waits(view, now, width)
        phases = [Row(), *phase_rows(view, now, width)]
        return rows + phases if len(rows) + len(phases) <= height else rows
    lead = _lead(view, phase, line, width) if view.outcome is None else _done(view)
    rows = [lead, *phase_rows(view, now, width)]
    rows += waits(view, now, width)
    for name, node in view.nodes.items():
        rows += _node(name, node, width, booting=phase is PhaseName.ACCESS)
    rows += _remarks(view, width, height - len(rows))
    return rows[:height]


def _lead(view: View, phase: PhaseName, line: PhaseLine, width: int) -> Row:
    said = GOING_DOWN if view.going_down else _LEAD.get(phase, title_of(phase))
    row = Row(" ").add(said, "strong")
    return row.right(_usual(line), width - 1, "quiet")


def _done(view: View) -> Row:
    """Return how the run ended well: nothing is being done any more."""
    said = "The plan is made" if view.outcome is Outcome.PLANNED else "The Sovereign is ready"
    return Row(" ").add("✓ ", "ok").add(said, "strong")


def _usual(line: PhaseLine) -> str:
    return f"usually {duration(line.usual)}" if line.usual else ""


def phase_rows(view: View, now: datetime, width: int) -> Rows:
    """Return a line a phase: its time, and its usual one."""
    rows = []
    for name in ROAD:
        line = view.phases.get(name)
        if line is None:
            continue
        done = line.ok is not None
        state = "done" if line.ok else stop_of(view)
        glyph, role = STEP_MARKS[state] if done else ("▸", "going")
        row = Row("   ").add(f"{glyph} ", role).add(title_of(name)).to(NAME)
        took = duration(line.seconds or 0) if done else since(line.started, now)
        row.right(took, NAME + 8).add(f"   {_usual(line)}", "quiet")
        if done and state == "stopped":
            row.add("   cancelled", role)
        rows.append(row.cut(width - 1))
    return rows


def _counts(view: View, line: PhaseLine, width: int) -> Row:
    states = [each.state for each in view.resources.values()]
    doing = "Deleting" if view.taking_down else "Creating"
    if any(each.action != "create" for each in view.resources.values()) and doing == "Creating":
        doing = "Changing"
    things = "resource" if len(states) == 1 else "resources"
    row = Row(" ").add(f"{doing} {len(states)} {things}", "strong")
    words = (("done", "done"), ("going", "going"), ("failed", "failed"), ("waiting", "waiting"))
    # All four counts and the usual time fit in 80 columns only close together.
    column, gap = (25, "  ") if "failed" in states else (30, "   ")
    row.to(column)
    for state, word in words:
        count = states.count(state)
        if count or state != "failed":
            row.add(f"{count} {word}{gap}", "bad" if state == "failed" else "")
    return row.right(_usual(line), width - 1, "quiet")


def resource_rows(view: View, now: datetime, width: int, height: int) -> Rows:
    """Return the resources around what is happening: done, at work, failed, waiting."""
    order = ("done", "failed", "going", "waiting")
    groups = {s: [r for r in view.resources.values() if r.state == s] for s in order}
    rest = max(height - len(groups["going"]) - len(groups["failed"]), 0)
    waiting = min(len(groups["waiting"]), max(rest - len(groups["done"]), rest // 3))
    done = min(len(groups["done"]), rest - waiting)
    rows = [_resource(each, now, width) for each in groups["done"][len(groups["done"]) - done :]]
    rows += [_resource(each, now, width) for each in groups["failed"] + groups["going"]]
    rows += [_resource(each, now, width) for each in groups["waiting"][:waiting]]
    return rows[:height]


def _resource(line: ResourceLine, now: datetime, width: int) -> Row:
    glyph, role = _GLYPH.get(line.state, ("·", "quiet"))
    quiet = "quiet" if line.state == "waiting" else ""
    row = Row("   ").add(f"{glyph} ", role).add(kind_name(line.kind), quiet).to(NAME)
    row.add(line.name, quiet).to(SAYS)
    if line.state == "going":
        row.add(*_doing(line))
    elif line.state == "failed" and line.remedy is not None:
        row.add(line.remedy.what, "bad")
    elif line.state == "waiting":
        row.add("waiting", "quiet")
    seconds = line.seconds
    if line.state == "going" and line.since is not None:
        seconds = (now - line.since).total_seconds()
    if line.state == "going":
        # By a clock of whole seconds, in the place of whole seconds.
        row.right(f"{max(seconds, 0):.0f}   s", width - 1)
    elif line.state == "done" and seconds:
        # What was found finished after a cancel was measured by nobody.
        row.right("<0.1 s" if seconds < 0.1 else f"{seconds:.1f} s", width - 1)
    return row.cut(width - 1)


def _doing(line: ResourceLine) -> tuple[str, str]:
    """Return what is done with a resource at work, and its role; in 17 columns."""
    if line.retry is None:
        return _DOING.get(line.action, line.action), ""
    status, *_ = line.retry.reason.split() or [""]
    after = f": {status}" if status else ""
    return f"retry {line.retry.attempt} of {line.retry.of}{after}", "warn"


def waits(view: View, now: datetime, width: int) -> Rows:
    """Return what the run waits for: what, since when, how long it usually takes."""
    rows = []
    for wait in view.waits.values():
        row = Row("   ").add("… ", "going").add(f"waiting for {wait.what}")
        said = since(wait.since, now)
        if wait.until is not None:
            left = max((wait.until - now).total_seconds(), 0)
            said = f"{duration(left)} left"
        elif wait.usual is not None:
            said += f", usually {duration(wait.usual)}"
        rows.append(row.right(said, width - 1, "quiet"))
    return rows


def _node(name: str, node: NodeLine, width: int, *, booting: bool) -> Rows:
    # What boots is not ready yet, whatever its name was before: a machine may be made anew.
    ready = None if booting and node.index < node.of else node.ready
    glyph, role = ("✗", "bad") if node.failed else ("✓", "ok") if ready else ("▸", "going")
    row = Row("   ").add(f"{glyph} ", role).add(name).to(SAYS - 10)
    if ready is not None:
        row.add("ready" if node.ready else f"not ready: {node.reason}")
    else:
        row.add(node.stage).right(f"stage {node.index} of {node.of}", width - 1, "quiet")
    rows = [row.cut(width - 1)]
    if node.failed:
        rows += [Row("       ").add(line, "bad").cut(width - 1) for line in node.lines[-3:]]
    return rows


def _remarks(view: View, width: int, room: int) -> Rows:
    if room < 2 or not view.remarks:
        return []
    shown = view.remarks[-(room - 1) :]
    rows = [Row()]
    for at, source, level, text in shown:
        role = {"warn": "warn", "warning": "warn", "error": "bad"}.get(level, "quiet")
        row = Row("   ").add(f"{at.astimezone():%H:%M:%S} {source:<8}", "quiet").add(text, role)
        rows.append(row.cut(width - 1))
    return rows


def ending_rows(view: View, width: int, height: int, keys: Sequence[Key] = ()) -> Rows:
    """Return how the run ended: what happened, what it means, what to do."""
    titles: dict[Outcome, tuple[str, str]] = {
        Outcome.FAILED: ("✗ The run failed", "bad"),
        Outcome.CANCELLED: (f"{STOPPED} The run was cancelled", "warn"),
        Outcome.NEEDS_DECISION: ("! The run needs a decision of yours", "warn"),
        Outcome.INCOMPLETE: ("! The deadline passed before everything was healthy", "warn"),
        Outcome.DESTROYED: ("✓ Everything was taken down", "ok"),
    }
    title, role = titles.get(view.outcome or Outcome.FAILED, ("", ""))
    rows = [Row(" ").add(title, role), Row()]
    if view.remedy is not None:
        for text, kind in ((view.remedy.what, "strong"), (view.remedy.means, "")):
            rows += keyed_rows(text, keys, width - 2, indent=3, role=kind, most=3)
        rows += [Row(), *keyed_rows(view.remedy.action, keys, width - 2, indent=3, most=3)]
    for each in view.findings:
        name = f"{each.field}: " if each.field else ""
        text = f"{name}{each.reason} {each.remedy}"
        said = keyed_rows(text, keys, width - 2, indent=5, most=3)
        rows += [Row(), *said]
    return rows[:height]


def brief_ending_rows(view: View, width: int, keys: Sequence[Key]) -> Rows:
    """Return how the run ended in four rows at most: the title, what happened, what to do."""
    title = next(iter(ending_rows(view, width, 1)), Row())
    if view.remedy is None:
        return [title]
    what = keyed_rows(view.remedy.what, keys, width - 2, indent=3, role="strong", most=1)
    return [title, *what, *keyed_rows(view.remedy.action, keys, width - 2, indent=3, most=2)]


def cancel_words(view: View, now: datetime) -> str:
    """Return what the next step of a cancel would do, before it is done."""
    if view.cancelling:
        return (
            "x again abandons what is in flight at once: it may exist without the state knowing, "
            "and cost money. Resume or destroy finds it by its label."
        )
    if view.run is not None and view.run.command == "destroy":
        if not view.begun:
            off = " A resume switches on what is off by then." if view.going_down else ""
            return (
                "x again cancels: nothing is deleted yet, and all of it goes on costing money."
                f"{off}"
            )
        return (
            "x again cancels: what is being deleted is finished first. What is gone is not made "
            f"again; what is left stays, at {_hourly(view, now)} an hour."
        )
    bootstrap = view.phases.get(PhaseName.BOOTSTRAP)
    if bootstrap is not None and bootstrap.ok is None and view.confirmed is not None:
        price = view.confirmed.price
        return (
            "x again ends the run: nothing of OpenTofu is in flight. The cluster goes on "
            f"installing by itself, at up to {Decimal(price.hourly):.3f} {price.currency} an hour."
        )
    if view.rented_since is None or view.confirmed is None:
        return "x again cancels: what is in flight is finished first. Nothing is rented."
    price = view.confirmed.price
    return (
        "x again cancels: what is in flight is finished and saved first, which may take minutes. "
        f"What is rented stays, at up to {Decimal(price.hourly):.3f} {price.currency} an hour."
    )


def _hourly(view: View, now: datetime) -> str:
    currency = view.priced.price.currency if view.priced is not None else ""
    return f"{spent(view, now).hourly:.3f} {currency}".rstrip()


def foot_row(view: View, now: datetime, width: int, *, running: bool) -> Row:
    """Return what was spent, or would have been, and that the viewer may be closed."""
    row = Row(" ")
    if view.confirmed is not None and view.rented_since is not None:
        simulated = view.run is not None and view.run.world == "rehearsal"
        lead = "Simulated: would have cost" if simulated else "Spent so far"
        row.add(f"{lead} {spent_words(view, now)}")
        row.add(f" at {spent(view, now).hourly:.3f} an hour", "quiet")
    else:
        row.add("Nothing is rented yet", "quiet")
    # Short enough to stand beside every price: what a cancel waits for was said before.
    said = "detached: safe to close" if running else "no run is at work"
    if view.cancelling and running:
        said = "cancelling"
    return row.right(said, width - 1, "warn" if view.cancelling else "quiet")
