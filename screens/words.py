"""The words for what happened: one line of text for an event, the same on screen and headless."""

from __future__ import annotations

from functools import singledispatch

from provisioner import events as e
from provisioner.events import Event
from provisioner.facts import DESTRUCTIVE, Choice, Drift, NameState, Outcome, Severity, State
from provisioner.phases.difference import in_words

Line = tuple[str, str]
"""(where it comes from, what happened)."""

_LISTED = {"before": "before", "after": "after", "cancel": "what there is now"}
"""When a listing was made, in words: the last is that of a cut run, also where it goes on."""
_TENTH, _MANY = 0.1, 10
"""Seconds of which no tenth is told, and of which tenths say nothing."""
_DONE = {"create": "created", "update": "changed", "replace": "replaced", "delete": "deleted"}


def duration(seconds: float) -> str:
    """Return a duration as an operator reads it: ``0:05``, ``12:40``, ``1:02:00``.

    A clock that was set back makes no time negative.
    """
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def seconds_words(seconds: float) -> str:
    """Return measured seconds: tenths of some, whole ones of many: ``0.9 s``, ``27 s``."""
    if seconds < _TENTH:
        return f"<{_TENTH} s"
    return f"{seconds:.1f} s" if seconds < _MANY else f"{seconds:.0f} s"


def usually(seconds: float | None) -> str:
    """Return ``, usually 0:30``, or nothing where no usual time is known."""
    return "" if seconds is None else f", usually {duration(seconds)}"


def drift_words(drift: Drift) -> str:
    """Return in words what became of a resource: ``server x was deleted by hand``."""
    what = f"{drift.kind.replace('_', ' ')} {drift.name}"
    if drift.gone:
        return f"{what} was deleted by hand"
    changed = ", ".join(name.replace("_", " ") for name in drift.attributes)
    return f"{what} was changed by hand: {changed}"


def plan_words(plan: e.PlanSaved) -> str:
    """Return a plan in a line: what it makes, costs, and loses, and the hash it is agreed to by."""
    made = sum(change.action == "create" for change in plan.changes)
    changed = sum(change.action == "update" for change in plan.changes)
    changes = f"{made} to create, {changed} to change" if changed else f"{made} to create"
    cost = f"{plan.price.monthly} {plan.price.currency} a month net"
    lost = sum(change.action in DESTRUCTIVE for change in plan.changes)
    destroys = f", and DELETES OR REPLACES {lost}" if lost else ""
    return f"{changes}, {cost}{destroys}; sha256 {plan.sha256}"


def choice_words(choice: Choice, currency: str) -> str:
    """Return a way to go on in a line: what it is, costs, and has less of."""
    less = f", less: {choice.less}" if choice.less else ""
    return f"{choice.title} ({choice.monthly_difference} {currency} a month{less})"


@singledispatch
def line_of(_event: Event) -> Line | None:
    """Return the line for an event, or None for one that needs none."""
    return None


@line_of.register
def _(event: e.RunStarted) -> Line:
    mark = "REHEARSAL: " if event.world == "rehearsal" else ""
    return "run", f"{mark}{event.command} began (run {event.run}, catalyst {event.version})"


@line_of.register
def _(event: e.RunInterrupted) -> Line:
    return "run", f"run {event.run} had ended without a word; going on from what exists"


@line_of.register
def _(event: e.CancelRequested) -> Line:
    how = "ending at once" if event.forced else "finishing what is in flight"
    return "run", f"cancel: {how}"


@line_of.register
def _(event: e.PhaseStarted) -> Line:
    return event.phase, f"started{usually(event.usual)}"


@line_of.register
def _(event: e.PhaseFinished) -> Line:
    return event.phase, f"{'done' if event.ok else 'ended'} after {duration(event.seconds)}"


@line_of.register
def _(event: e.FindingReported) -> Line:
    finding = event.finding
    where = f"{finding.field} = {finding.value}: " if finding.field else ""
    return str(finding.severity), f"{where}{finding.reason} {finding.remedy}"


@line_of.register
def _(event: e.WaitStarted) -> Line:
    return "wait", f"{event.what}{usually(event.usual)}"


@line_of.register
def _(event: e.Remarked) -> Line:
    return event.source, event.text


@line_of.register
def _(event: e.DriftFound) -> Line | None:
    said = "; ".join(drift_words(each) for each in event.items)
    return ("drift", said) if said else None


@line_of.register
def _(event: e.PlanSaved) -> Line:
    return "plan", plan_words(event)


@line_of.register
def _(event: e.PlanCompared) -> Line:
    beyond = in_words(event)
    said = f"; beyond that the plan {beyond}" if beyond else ", and nothing else"
    return "plan", f"{event.left} of {event.of} confirmed changes are left{said}"


@line_of.register
def _(event: e.PlanConfirmed) -> Line:
    return "plan", f"confirmed by {event.by}: {event.sha256[:12]}"


@line_of.register
def _(event: e.ResourceStarted) -> Line:
    return "tofu", f"{event.kind} {event.name}: {event.action}"


@line_of.register
def _(event: e.ResourceRetried) -> Line:
    after = f" after {event.reason}" if event.reason else ""
    return "api", f"{event.kind} {event.name}: retry {event.attempt} of {event.of}{after}"


@line_of.register
def _(event: e.ResourceFinished) -> Line:
    done = _DONE.get(event.action, event.action)
    took = f" in {seconds_words(event.seconds)}" if event.seconds else ""
    return "tofu", f"{event.kind} {event.name}: {done}{took}"


@line_of.register
def _(event: e.ResourceFailed) -> Line:
    return "tofu", f"{event.kind} {event.name}: {event.remedy.brief}"


@line_of.register
def _(event: e.DecisionOffered) -> Line:
    ways = "; ".join(choice_words(each, event.currency) for each in event.choices)
    return "choose", f"instead of {event.value}: {ways or 'nothing comparable can be rented now'}"


@line_of.register
def _(event: e.ResourceReconciled) -> Line:
    kind = event.kind.replace("_", " ")
    return "cloud", f"{kind} {event.name or event.id}: {event.how}"


@line_of.register
def _(event: e.NetworksPlanned) -> Line:
    moves = [f"opens to {each}" for each in event.opens]
    moves += [f"closes to {each}" for each in event.closes]
    said = "; ".join(moves) or "names no other networks"
    return "firewall", f"port 22 {said}; then open to: {', '.join(event.networks)}"


@line_of.register
def _(event: e.NodeStageChanged) -> Line:
    state = "failed" if event.failed else f"{event.index} of {event.of}"
    return "node", f"{event.node}: {event.stage} ({state})"


@line_of.register
def _(event: e.AccessEstablished) -> Line:
    return "access", f"{event.node} answers, Kubernetes {event.kubernetes}, {event.fingerprint}"


@line_of.register
def _(event: e.HostKeyPinned) -> Line:
    return "access", f"{event.node}: host key pinned, {event.fingerprint}"


@line_of.register
def _(event: e.KitApplied) -> Line:
    return "kit", f"{len(event.components)} components applied"


@line_of.register
def _(event: e.NodeChanged) -> Line:
    said = "ready" if event.ready else f"not ready: {event.reason or 'no reason given'}"
    return "node", f"{event.node} is {said}"


@line_of.register
def _(event: e.SourceChanged) -> Line | None:
    said = event.message or event.reason or "is being fetched"
    return None if event.ready else ("source", f"{event.kind} {event.name}: {said}")


@line_of.register
def _(event: e.ComponentChanged) -> Line:
    said = event.detail or event.reason
    if event.state is State.WAITING and event.waits_on:
        said = f"on {', '.join(event.waits_on)}"
    return "board", f"{event.component}: {event.state}{f', {said}' if said else ''}"


@line_of.register
def _(event: e.AllHealthy) -> Line:
    return "board", f"every component is healthy, {duration(event.seconds)} after the first look"


@line_of.register
def _(event: e.DnsRecordsWanted) -> Line:
    names = ", ".join(record.name for record in event.records)
    who = "set yourself" if event.by == "operator" else f"{event.by} sets"
    leads = {f"to {record.value}, TTL {record.ttl}" for record in event.records}
    what = f"{len(event.records)} A records {' and '.join(sorted(leads))}"
    return "dns", f"in {event.zone}, {who} {what}: {names}"


@line_of.register
def _(event: e.DnsRecordsWritten) -> Line:
    return "dns", f"{event.zone} holds what is wanted, {event.records} records in all"


@line_of.register
def _(event: e.DnsRecordsReleased) -> Line:
    return "dns", f"{event.zone} holds nothing of this Sovereign any more"


@line_of.register
def _(event: e.DnsRecordsChecked) -> Line:
    right = sum(answer.state is NameState.RIGHT for answer in event.answers)
    return "dns", f"{right} of {len(event.answers)} answers are right"


@line_of.register
def _(event: e.OutsideChecked) -> Line:
    wrong = [f"{check.target} ({check.saw})" for check in event.checks if not check.ok]
    if not wrong:
        return "verify", f"all {len(event.checks)} looks from outside are as they should be"
    return "verify", f"{len(wrong)} of {len(event.checks)} looks are wrong: {'; '.join(wrong)}"


@line_of.register
def _(event: e.StateFound) -> Line:
    return "tofu", f"the state holds {event.resources} parts that the journal lacks: it goes on"


@line_of.register
def _(_event: e.DestroyStarted) -> Line:
    return "cloud", "it is taken down from here on"


@line_of.register
def _(event: e.InventoryListed) -> Line:
    foreign = f"; {event.foreign} of others, untouched" if event.foreign else ""
    names = ", ".join(f"{item.kind} {item.name}" for item in event.items) or "nothing"
    return "cloud", f"{_LISTED.get(event.when, event.when)}: {names}{foreign}"


@line_of.register
def _(event: e.RunFinished) -> Line:
    return "run", f"{event.outcome.replace('_', ' ')} after {duration(event.seconds)}"


def level_of(event: Event) -> str:
    """Return how much the line of an event weighs: ``info``, ``warn`` or ``error``."""
    match event:
        case e.Remarked(level=level):
            return _LEVELS.get(level, "info")
        case e.FindingReported(finding=finding):
            return "error" if finding.severity is Severity.BLOCKING else "warn"
        case e.ComponentChanged(state=state):
            return _STATES.get(state, "info")
        case e.NodeStageChanged(failed=True) | e.RunFinished(outcome=Outcome.FAILED):
            return "error"
        case e.CancelRequested() | e.DriftFound() | e.DecisionOffered() | e.RunInterrupted():
            return "warn"
        case e.ResourceRetried():
            return "warn"
        case _:
            return "info"


_LEVELS = {"warning": "warn", "warn": "warn", "error": "error", "debug": "debug"}
_STATES = {
    State.FAILED: "error",
    State.MISSING: "error",
    State.DEGRADED: "warn",
    State.RETRYING: "warn",
    State.SUSPENDED: "warn",
}
