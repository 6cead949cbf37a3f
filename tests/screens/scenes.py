"""Backends that stand at one point of the story, for tests and pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from provisioner import events as e
from provisioner.drafts import Draft
from provisioner.events import Event
from provisioner.facts import NameState, Outcome
from provisioner.remedies import explain
from screens.ports import NameReport, RawLines, TokenReport
from screens.scripted import ScriptedBackend, run_started
from screens.scripted_wizard import NOON, Script
from tests.screens import decisions, detail, story
from tests.screens.market import SECRETS, market

DRAFT = "a" * 16
_SAID = '{"@level":"info","@message":"%s","@timestamp":"2026-01-01T12:00:%02d.000Z"}'


def script(**changes: Any) -> Script:
    """Return a world in which all goes well."""
    lines = [
        _SAID % (f"hcloud_server.node[{name}]: Still creating... [10s elapsed]", second)
        for second, name in enumerate(("cp1", "cp2", "cp3", "general1", "general2"))
    ]
    known: dict[str, Any] = {
        "market": market(),
        "secrets": SECRETS,
        "token": TokenReport(servers=0, requests_left=3571),
        "name": NameReport(state="free", zone="omani.works"),
        "way_out": "203.0.113.7/32",
        "plan": story.planned(),
        "apply": story.applying(),
        "destroy": story.destroying(),
        "logs": (RawLines("tofu", lines),),
        "details": {"openbao": detail.OPENBAO},
        "container": detail.LOG,
    }
    return Script(**known | changes)


def draft(step: str = "organisation", **answers: Any) -> Draft:
    """Return a draft with the story's answers."""
    return Draft(
        id=DRAFT, saved=NOON - timedelta(minutes=12), step=step, answers=story.ANSWERS | answers
    )


def empty(**changes: Any) -> ScriptedBackend:
    """Return a home in which nothing was ever begun."""
    return ScriptedBackend(script(**changes))


def with_draft(step: str = "organisation", **changes: Any) -> ScriptedBackend:
    """Return a home with one draft, left at a step."""
    return ScriptedBackend(script(**changes), drafts=[draft(step)])


def begun(command: str, *parts: list[Event], **changes: Any) -> ScriptedBackend:
    """Return a home with one live Sovereign whose newest run got so far."""
    backend = ScriptedBackend(script(**changes))
    backend.record(story.FQDN, [run_started("plan"), *story.planned()])
    backend.record(story.FQDN, [run_started(command)])
    for part in parts:
        backend.record(story.FQDN, part)
    backend.alive.add(story.FQDN)
    backend.time = NOON + timedelta(seconds=41)
    return backend


def at_apply() -> ScriptedBackend:
    """Return a run in the middle of its apply."""
    return begun("apply", story.applying())


def at_access() -> ScriptedBackend:
    """Return a run that waits for its nodes."""
    return begun("apply", story.applying(), story.applied())


def at_bootstrap(**changes: Any) -> ScriptedBackend:
    """Return a run with one broken component."""
    return begun("apply", story.applying(), story.applied(), story.bootstrapping(), **changes)


def at_ready() -> ScriptedBackend:
    """Return a Sovereign that is handed over."""
    backend = begun(
        "apply", story.applying(), story.applied(), story.bootstrapping(), story.ready()
    )
    backend.alive.clear()
    return backend


def at_review_again() -> ScriptedBackend:
    """Return a plan that was made of what is ready, and is paid for."""
    backend = at_ready()
    backend.record(story.FQDN, [run_started("plan", 3), *decisions.planned_again()])
    return backend


def at_handoff_with_faults() -> ScriptedBackend:
    """Return a Sovereign that is ready, but not all of which answers from outside."""
    seen = story.outside(
        gitea=("503 Service Unavailable", "http_failing"),
        api=("a certificate for other.example.org", "tls_foreign"),
    )
    backend = begun(
        "apply", story.applying(), story.applied(), story.bootstrapping(), story.ready(seen)
    )
    backend.alive.clear()
    return backend


def at_decision(*, question: str = "hetzner_resource_unavailable") -> ScriptedBackend:
    """Return a run that ended because a server type had no stock."""
    backend = begun("apply", story.applying(), decisions.sold_out(question=question))
    backend.alive.clear()
    return backend


def at_difference(ended: Callable[[], list[Event]] = decisions.beyond) -> ScriptedBackend:
    """Return a run that ended because the rest would do or cost more than was confirmed."""
    backend = begun("apply", story.applying())
    backend.record(story.FQDN, [run_started("resume", 3), *ended()])
    backend.alive.clear()
    return backend


def at_open_volumes(code: str = "destroy_volumes") -> ScriptedBackend:
    """Return a destroy that ended because only the operator can say what becomes of data."""
    backend = at_ready()
    facts = {"fqdn": story.FQDN, "names": "pvc-7d1e"}
    events = [
        *story.destroying()[:2],
        e.RunFinished(outcome=Outcome.NEEDS_DECISION, remedy=explain(code, facts), seconds=3),
    ]
    backend.record(story.FQDN, [run_started("destroy", 3), *events])
    return backend


def at_naming() -> ScriptedBackend:
    """Return a run whose operator has set some of the records, and one of them wrongly."""
    states = (NameState.RIGHT, NameState.RIGHT, NameState.WRONG, *[NameState.MISSING] * 3)
    return begun(
        "apply",
        story.applying(),
        story.applied(),
        story.named("operator", states),
        story.bootstrapping(),
    )
