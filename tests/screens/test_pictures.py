"""Each screen as text, at both sizes; drawn anew only by ``make snapshots``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from provisioner import events as e
from provisioner.facts import Outcome, PhaseName
from provisioner.remedies import explain
from screens.ports import Tools
from screens.scripted import ScriptedBackend, run_started, trouble
from screens.widgets.frame import FrameScreen
from tests.screens import decisions, scenes, stage, story
from tests.screens import wizard_scenes as w
from tests.screens.stage import PICTURES as SNAPSHOTS
from tests.screens.stage import (
    SIZES,
    matches,
    noun,
    on_stage,
    picture,
    press,
    settled,
    until,
)

Opened = Callable[[], ScriptedBackend]


def _making(step: str) -> ScriptedBackend:
    steps = (Tools(line="building kube-apiserver 1:02, usually 2:30"),)
    return scenes.with_draft(step, tools=steps)


def _making_tools() -> ScriptedBackend:
    return _making("domain")


def _troubled() -> ScriptedBackend:
    facts = {"path": "~/catalyst/drafts/b.json", "version": "2", "known": "1"}
    damaged = {"path": "~/catalyst/nizwa/journal.db", "reason": "event 12"}
    backend = scenes.at_ready()
    backend.script.troubles = {
        "nizwa.omani.works": trouble("journal_damaged", **damaged),
        "draft bbbbbbbb": trouble("draft_newer", **facts),
    }
    return backend


def _failed() -> ScriptedBackend:
    backend = scenes.at_apply()
    remedy = explain("tofu_failed", {"command": "apply", "exit": "1", "log": "2-apply.log"})
    ended = e.RunFinished(outcome=Outcome.FAILED, remedy=remedy, phase=PhaseName.APPLY, seconds=50)
    backend.record(story.FQDN, [ended])
    backend.alive.clear()
    return backend


def _cancelled() -> ScriptedBackend:
    backend = scenes.at_apply()
    remedy = explain("cancelled", {"fqdn": story.FQDN})
    ended = e.RunFinished(outcome=Outcome.CANCELLED, remedy=remedy, phase=PhaseName.APPLY)
    backend.record(story.FQDN, [e.CancelRequested(), ended])
    backend.alive.clear()
    return backend


def _destroyed() -> ScriptedBackend:
    backend = scenes.at_ready()
    backend.record(story.FQDN, [run_started("destroy"), *story.destroying(), *story.destroyed()])
    return backend


W: dict[str, tuple[Opened, list[str]]] = {
    "home": (w.home_with_all, []),
    "home-empty": (scenes.empty, []),
    "home-troubled": (_troubled, ["down"]),
    "home-busy": (_making_tools, []),
    "organisation": (scenes.with_draft, ["enter"]),
    "organisation-empty": (scenes.empty, ["enter"]),
    "organisation-error": (scenes.empty, ["enter", "O", "enter", "x", "enter"]),
    "organisation-busy": (lambda: _making("organisation"), ["enter"]),
    "domain": (lambda: w.at("domain"), ["enter"]),
    "domain-error": (w.taken, ["enter"]),
    "domain-busy": (lambda: w.at("domain", silent=frozenset({"name_report"})), ["enter"]),
    "domain-keyless": (w.keyless, ["enter"]),
    "domain-own": (w.delegated, ["enter"]),
    "domain-own-error": (w.occupied, ["enter"]),
    "credentials": (lambda: w.at("credentials"), ["enter"]),
    "credentials-empty": (w.tokenless, ["enter"]),
    "credentials-error": (w.refused, ["enter"]),
    "credentials-busy": (
        lambda: w.at("credentials", silent=frozenset({"probe_token"})),
        ["enter"],
    ),
    "credentials-crowded": (w.crowded, ["enter"]),
    "keeping": (lambda: w.at("credentials"), ["enter", "f4"]),
    "keeping-memory": (w.in_memory, ["enter", "f4"]),
    "sizing": (lambda: w.at("sizing"), ["enter", "wait"]),
    "sizing-error": (w.out_of_stock, ["enter", "wait"]),
    "sizing-busy": (lambda: w.at("sizing", silent=frozenset({"market"})), ["enter"]),
    "sizing-unreachable": (
        lambda: w.at("sizing", refusing={"market": w.unreachable()}),
        ["enter"],
    ),
    "sizing-going": (w.going, ["enter", "wait"]),
    "sizing-git": (w.of_repository, ["enter", "wait"]),
    "workers": (lambda: w.at("sizing"), ["enter", "wait", "w"]),
    "workers-error": (lambda: w.at("sizing"), ["enter", "wait", "w", "enter", "down", "x"]),
    "advanced": (lambda: w.at("domain"), ["enter", "f2"]),
    "advanced-git": (lambda: w.at("domain"), ["enter", "f2", "right"]),
    "review": (lambda: w.at("review"), ["enter"]),
    "review-error": (w.unplanned, ["enter"]),
    "review-busy": (lambda: w.at("review", silent=frozenset({"plan"})), ["enter"]),
    "export": (lambda: w.at("review"), ["enter", "f6"]),
    "export-done": (lambda: w.at("review"), ["enter", "f6", "enter"]),
    "vault-new": (lambda: w.vault_asked(new=True), ["enter"]),
    "vault-error": (lambda: w.vault_asked(new=False), ["enter", "x", "enter"]),
    "vault-busy": (
        lambda: w.vault_asked(new=False, silent=frozenset({"open_vault"})),
        ["enter", "x", "enter"],
    ),
    "palette": (lambda: w.at("sizing"), ["enter", "wait", "ctrl+p"]),
    "palette-found": (lambda: w.at("sizing"), ["enter", "wait", "ctrl+p", *"control"]),
    "wizard-help": (lambda: w.at("domain"), ["enter", "f1"]),
}
"""The wizard: each screen where all is well, where something is wrong, and while it waits."""

PICTURES: dict[str, tuple[Opened, list[str]]] = W | {
    "run": (scenes.at_apply, ["enter"]),
    "run-access": (scenes.at_access, ["enter"]),
    "run-failed": (_failed, ["enter"]),
    "run-ready": (scenes.at_ready, ["enter", "l"]),
    "board-ready": (scenes.at_ready, ["enter", "b"]),
    "run-cancelled": (_cancelled, ["enter"]),
    "run-help": (scenes.at_apply, ["enter", "?"]),
    "board": (scenes.at_bootstrap, ["enter"]),
    "board-filter": (scenes.at_bootstrap, ["enter", "/", *"wait", "enter"]),
    "board-help": (scenes.at_bootstrap, ["enter", "?"]),
    "component": (scenes.at_bootstrap, ["enter", "enter"]),
    "component-pane": (scenes.at_bootstrap, ["enter", "enter", "tab"]),
    "component-log": (scenes.at_bootstrap, ["enter", "l", "w", "/", *"port", "enter"]),
    "run-search": (scenes.at_apply, ["enter", "/", *"cp2", "enter"]),
    "decision": (scenes.at_decision, ["enter", "down", "down"]),
    "decision-less": (scenes.at_decision, ["enter", "down", "down", "down"]),
    "decision-wait": (scenes.at_decision, ["enter", "end", "enter"]),
    "difference": (scenes.at_difference, ["enter"]),
    "difference-retyped": (lambda: scenes.at_difference(decisions.retyped), ["enter"]),
    "review-again": (scenes.at_review_again, ["enter"]),
    "destroy-volumes": (scenes.at_open_volumes, ["enter"]),
    "run-cancel": (scenes.at_apply, ["enter", "x"]),
    "handoff": (scenes.at_ready, ["enter"]),
    "handoff-end": (scenes.at_ready, ["enter", "end"]),
    "handoff-faults": (scenes.at_handoff_with_faults, ["enter"]),
    "naming": (scenes.at_naming, ["enter", "N"]),
    "destroy-ask": (scenes.at_ready, ["enter", "D"]),
    "destroy-busy": (lambda: scenes.begun("destroy", story.destroying()), ["enter"]),
    "destroy-done": (_destroyed, ["enter"]),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PICTURES)
async def test_picture(name: str, size: str) -> None:
    """A screen looks as it was approved, and fills no row beyond the terminal's width."""
    opened, keys = PICTURES[name]
    async with on_stage(opened(), SIZES[size]) as pilot:
        await play(pilot, keys)
        expected = name.partition("-")[0]
        modal = {"help": "helpmodal", "palette": "palettemodal"}
        last = name.rpartition("-")[2]
        assert noun(pilot) == modal.get(last, modal.get(expected, expected))
        matches(pilot, f"{name}-{size}")


async def play(pilot: Pilot[int], keys: list[str]) -> None:
    """Press the keys that lead to a picture."""
    for key in keys:
        if key == "wait":
            # The price is asked after a pause, so that arrows can be held down.
            await until(pilot, "with 19 % VAT")
            await settled(pilot)
        else:
            await press(pilot, key)


@pytest.mark.parametrize("name", PICTURES)
async def test_every_screen_can_do_without_glyphs(name: str) -> None:
    """On a console of ASCII alone each screen says the same, in the same columns."""
    opened, keys = PICTURES[name]
    async with on_stage(opened(), plain=True) as pilot:
        await play(pilot, keys)
        shown = picture(pilot)
    assert shown.isascii()
    approved = (SNAPSHOTS / f"{name}-80x24.txt").read_text("utf-8")
    assert [len(line) for line in shown.splitlines()] == [
        len(line) for line in approved.splitlines()
    ]


_SPELT = {"esc": "escape", "del": "delete", "/": "slash", "?": "question_mark", "tab": "tab"}
_ARROWS = {"↑↓": ["up", "down"], "←→": ["left", "right"], "↓": ["down"]}


def _pressed(key: str) -> list[str]:
    """Return the names of the keys that a footer's word stands for."""
    if key in _ARROWS:
        return _ARROWS[key]
    return [
        _SPELT.get(each) or (f"ctrl+{each[1:].lower()}" if each[0] == "^" else each)
        for each in key.replace("F", "f" if key[1:].isdigit() else "F").split()
    ]


@pytest.mark.parametrize("name", PICTURES)
async def test_every_key_that_is_offered_does_something(name: str) -> None:
    """A footer names no key that nobody listens to."""
    opened, keys = PICTURES[name]
    async with on_stage(opened()) as pilot:
        await play(pilot, keys)
        screen = pilot.app.screen
        if not isinstance(screen, FrameScreen):
            return
        heard = {key for key, active in screen.active_bindings.items() if active.enabled}
        offered = [each for key in list(screen.keys()) for each in _pressed(key.key)]
        assert [each for each in offered if each not in heard] == []


async def test_a_machine_that_stood_still_changes_no_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time that nobody was let to work in is no time in which anything could have rested."""
    monkeypatch.setattr(stage, "LONGEST", 0.0)
    opened, keys = PICTURES["palette-found"]
    async with on_stage(opened()) as pilot:
        await play(pilot, keys)
        matches(pilot, "palette-found-80x24")


async def test_pictures_are_the_same_each_time() -> None:
    """A picture depends on the view, the clock and the size, and on nothing else."""
    shown = []
    for _ in range(2):
        async with on_stage(scenes.at_bootstrap()) as pilot:
            await press(pilot, "enter")
            shown.append(picture(pilot))
    assert shown[0] == shown[1]
