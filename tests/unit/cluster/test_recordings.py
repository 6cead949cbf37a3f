"""The board against what real Flux controllers were recorded to write."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from provisioner.cluster.board import Board
from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.ports import Changed, Snapshot
from provisioner.events import ComponentChanged, Event, SourceChanged
from provisioner.facts import ExpectedComponent, ExpectedWorkload, Rung, State
from tests.unit.cluster.recording import FOLDER, NAMES, events, expected, play, states, steps

LATE = 0.6
"""Seconds by which the board may show something earlier or later than promised."""


@cache
def promises() -> dict[str, Any]:
    """Return what is promised of each recording."""
    text = (FOLDER.parent / "promises.yaml").read_text("utf-8")
    return dict(YAML(typ="safe", pure=True).load(text))


@cache
def played(name: str) -> list[tuple[float, Event]]:
    """Play a recording once."""
    return play(name)


def test_every_recording_has_its_promises() -> None:
    """No recording is played without a statement about it, and none is stated that is not there."""
    assert sorted(promises()) == NAMES
    assert len(NAMES) == 34


@pytest.mark.parametrize("name", NAMES)
def test_board_shows_the_promised_states_in_order_and_in_time(name: str) -> None:
    """Each release goes through the promised states, each at its second, and no others."""
    wanted = promises()[name].get("components", {})
    assert sorted(wanted) == sorted(each.name for each in expected(name))
    for component, steps_ in wanted.items():
        seen = states(played(name), component)
        assert [(state, reason) for _, state, reason in steps_] == [
            (state, reason) for _, state, reason in seen
        ]
        for (at, *_), (shown, *_) in zip(steps_, seen, strict=True):
            assert abs(at - shown) <= LATE


@pytest.mark.parametrize("name", NAMES)
def test_sources_end_as_promised(name: str) -> None:
    """The last word about each source and Kustomization is the promised one."""
    last: dict[str, str] = {}
    for _, event in played(name):
        if isinstance(event, SourceChanged):
            word = "ready" if event.ready else "not ready"
            last[f"{event.kind}/{event.name}"] = f"{word} {event.reason}".strip()
    assert last == promises()[name].get("ends", {})


@pytest.mark.parametrize("name", NAMES)
def test_who_comes_late_sees_the_same(name: str) -> None:
    """A board that attaches at any third of a recording ends on the lines of one that saw all."""
    end = max(at for at, _ in steps(name))
    whole = _lines(played(name))
    for part in (1, 2):
        late = _lines(play(name, from_=end * part / 3))
        assert {k: _lasting(v) for k, v in late.items()} == {
            k: _lasting(v) for k, v in whole.items()
        }


@pytest.mark.parametrize("name", NAMES)
def test_events_of_the_api_change_no_state(name: str) -> None:
    """Core Events are hints: with them the board goes through the same states."""
    board = Board(expected(name), Pace(), 0.0)
    for resource in kinds.WATCHED:
        board.feed(Snapshot(resource, ()), 0.0)
    told: list[tuple[float, Event]] = []
    mixed = [(at, message) for at, message in steps(name)]
    mixed += [(at, Changed(kinds.EVENTS, item)) for at, item in events(name)]
    now = 0.0
    for at, message in sorted(mixed, key=lambda each: each[0]):
        while (due := now + max(board.wake(now), 0.001)) <= at:
            now = due
            told += [(now, event) for event in board.flush(now)]
        now = at
        board.feed(message, at)
    for component in (each.name for each in expected(name)):
        seen = [state for _, state, _ in states(told, component)]
        without = [state for _, state, _ in states(played(name), component)]
        assert seen == without[: len(seen)]


def test_what_a_dead_controller_does_not_come_to_is_queued() -> None:
    """With helm-controller down from 14.6 to 62, a new release waits in the queue, no more."""
    seen = [
        event
        for at, event in played("s16-ctl-down")
        if isinstance(event, ComponentChanged) and event.component == "newborn" and at < 60
    ]
    assert (seen[-1].state, seen[-1].reason) == (State.WAITING, "queued")


FLUX = ExpectedComponent(
    name="flux",
    rungs=(Rung.WORKLOADS,),
    workloads=tuple(
        ExpectedWorkload(kind="Deployment", namespace="flux-system", name=name)
        for name in ("source-controller", "helm-controller")
    ),
)


def _silent(name: str, silent: float) -> list[tuple[float, str]]:
    """Return when Flux was called silent, and when it was itself again."""
    board = Board((*expected(name), FLUX), Pace(silent=silent), 0.0)
    for resource in kinds.WATCHED:
        board.feed(Snapshot(resource, ()), 0.0)
    for each in FLUX.workloads:
        item = {
            "metadata": {"name": each.name, "namespace": each.namespace},
            "status": {"availableReplicas": 1, "updatedReplicas": 1},
        }
        board.feed(Changed(kinds.DEPLOYMENTS, item), 0.0)
    told: list[tuple[float, str]] = []
    now = 0.0
    for at, message in steps(name):
        while (due := now + max(board.wake(now), 0.001)) <= at:
            now = due
            for event in board.flush(now):
                if isinstance(event, ComponentChanged) and event.component == "flux":
                    told.append((now, event.reason))
        now = at
        board.feed(message, at)
    return told


def test_a_dead_controller_is_named_and_forgiven_when_it_writes_again() -> None:
    """Down from 14.6 to 62: silent for 20 s makes it suspect, its first write clears it."""
    told = _silent("s16-ctl-down", 20)
    assert [reason for _, reason in told][:3] == ["", "silent", ""]
    assert 34 < told[1][0] < 45
    assert 61 < told[2][0] < 70


def test_a_controller_with_all_its_workers_busy_is_not_called_dead() -> None:
    """Four installations at once for 12 s, and more in the queue: busy, as it is shipped."""
    assert [reason for _, reason in _silent("s18-queue", 5)] == [""]


def _lines(told: list[tuple[float, Event]]) -> dict[str, ComponentChanged]:
    return {e.component: e for _, e in told if isinstance(e, ComponentChanged)}


def _lasting(line: ComponentChanged) -> tuple[object, ...]:
    """Return what does not depend on for how long one has looked."""
    return line.state, line.rungs, line.attempt, line.attempts, line.code, line.waits_on
