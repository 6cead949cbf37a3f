"""How the events of nodes, kit and components move the view."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from provisioner import events as e
from provisioner.events import Event, Recorded
from provisioner.facts import ExpectedComponent, State
from provisioner.folding_steps import Step, registering
from provisioner.view import ComponentLine, NodeLine, SourceLine, View

STEPS: dict[type[Event], Step[Any]] = {}
on = registering(STEPS)


@on(e.NodeStageChanged)
def _node_stage(view: View, event: e.NodeStageChanged, _recorded: Recorded) -> None:
    node = view.nodes.setdefault(event.node, NodeLine())
    node.stage, node.index, node.of = event.stage, event.index, event.of
    node.failed, node.lines = event.failed, event.lines


@on(e.AccessEstablished)
def _access_established(view: View, event: e.AccessEstablished, _recorded: Recorded) -> None:
    view.nodes.setdefault(event.node, NodeLine()).fingerprint = event.fingerprint
    view.kubernetes = event.kubernetes


@on(e.HostKeyPinned)
def _host_key_pinned(view: View, event: e.HostKeyPinned, _recorded: Recorded) -> None:
    view.nodes.setdefault(event.node, NodeLine()).fingerprint = event.fingerprint


@on(e.KitApplied)
def _kit_applied(view: View, event: e.KitApplied, recorded: Recorded) -> None:
    view.kit = event
    view.all_healthy = view.ready = False
    view.founded = True
    view.progress.advance(event, recorded.at)
    view.components = {
        each.name: _expected(view.components.get(each.name), each, recorded.at)
        for each in event.components
    }


def _expected(
    known: ComponentLine | None, expected: ExpectedComponent, at: datetime
) -> ComponentLine:
    if known is None:
        return ComponentLine(expected=expected, since=at)
    known.expected, known.began, known.took = expected, None, None
    return known


@on(e.NodeChanged)
def _node_changed(view: View, event: e.NodeChanged, _recorded: Recorded) -> None:
    node = view.nodes.setdefault(event.node, NodeLine())
    node.ready, node.reason = event.ready, event.reason


@on(e.SourceChanged)
def _source_changed(view: View, event: e.SourceChanged, _recorded: Recorded) -> None:
    view.sources[f"{event.kind}/{event.namespace}/{event.name}"] = SourceLine(
        kind=event.kind, ready=event.ready, reason=event.reason, message=event.message
    )


@on(e.ComponentChanged)
def _component_changed(view: View, event: e.ComponentChanged, recorded: Recorded) -> None:
    line = view.components.get(event.component)
    if line is None:
        return
    view.progress.advance(event, recorded.at)
    _timed(line, event.state, recorded.at)
    if line.state is not event.state:
        line.since = recorded.at
    line.state, line.rungs = event.state, event.rungs
    line.reason, line.detail, line.code = event.reason, event.detail, event.code
    line.waits_on = event.waits_on
    line.attempt, line.attempts = event.attempt, event.attempts
    view.all_healthy = view.all_healthy and event.state is State.HEALTHY


def _timed(line: ComponentLine, state: State, at: datetime) -> None:
    """Take the time of a component that climbs; what was there already, or failed, has none."""
    if state in (State.FETCHING, State.INSTALLING):
        line.began = line.began or at
    elif state not in (State.INSTALLED, State.HEALTHY):
        line.began = None
    elif state is State.HEALTHY and line.began is not None and line.took is None:
        line.took = (at - line.began).total_seconds()


@on(e.AllHealthy)
def _all_healthy(view: View, event: e.AllHealthy, recorded: Recorded) -> None:
    view.progress.advance(event, recorded.at)
    view.all_healthy = True
