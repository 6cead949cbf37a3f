"""Each screen as text, at both sizes; drawn anew only by ``make snapshots``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provisioner import events as e
from provisioner.facts import Finding, Outcome, PhaseName, Severity
from provisioner.remedies import explain
from screens.ports import TokenReport, Tools
from screens.scripted import ScriptedBackend, run_started, trouble
from tests.screens import scenes, story
from tests.screens.stage import SIZES, Pilot, matches, noun, on_stage, press, settled

Opened = Callable[[], ScriptedBackend]


def _refused() -> ScriptedBackend:
    problem = explain("hetzner_token_readonly")
    return scenes.with_draft("credentials", token=TokenReport(problem=problem))


def _blocked() -> ScriptedBackend:
    finding = Finding(
        field="sizing.control_plane.type",
        value="cpx42",
        code="hetzner_type_no_stock",
        reason="cpx42 has no stock in fsn1.",
        remedy="Choose cpx42 in nbg1 (+0.00 a month, net).",
    )
    warning = Finding(
        field="sizing",
        value="5",
        code="hetzner_new_account_limit",
        reason="5 servers are all that a new account may rent.",
        remedy="Ask Hetzner to raise the limit if the plan is refused.",
        severity=Severity.WARNING,
    )
    return scenes.with_draft("sizing", findings=(finding, warning))


def _making_tools() -> ScriptedBackend:
    steps = (Tools(line="building kube-apiserver 1:02, usually 2:30"),)
    return scenes.with_draft("domain", tools=steps)


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


def _destroyed() -> ScriptedBackend:
    backend = scenes.at_ready()
    backend.record(story.FQDN, [run_started("destroy"), *story.destroying(), *story.destroyed()])
    return backend


PICTURES: dict[str, tuple[Opened, list[str]]] = {
    "home-empty": (scenes.empty, []),
    "home-troubled": (_troubled, ["down"]),
    "organisation-empty": (scenes.empty, ["enter"]),
    "organisation-error": (scenes.empty, ["enter", "O", "enter", "x", "enter"]),
    "organisation": (scenes.with_draft, ["enter"]),
    "domain": (lambda: scenes.with_draft("domain"), ["enter"]),
    "domain-busy": (_making_tools, ["enter"]),
    "credentials": (lambda: scenes.with_draft("credentials"), ["enter"]),
    "credentials-error": (_refused, ["enter"]),
    "sizing": (lambda: scenes.with_draft("sizing"), ["enter", "wait"]),
    "sizing-error": (_blocked, ["enter", "wait"]),
    "workers": (lambda: scenes.with_draft("sizing"), ["enter", "wait", "w"]),
    "advanced": (lambda: scenes.with_draft("domain"), ["enter", "f2"]),
    "advanced-git": (lambda: scenes.with_draft("domain"), ["enter", "f2", "right"]),
    "review": (lambda: scenes.with_draft("review"), ["enter"]),
    "run": (scenes.at_apply, ["enter"]),
    "run-access": (scenes.at_access, ["enter"]),
    "run-failed": (_failed, ["enter"]),
    "run-help": (scenes.at_apply, ["enter", "?"]),
    "board": (scenes.at_bootstrap, ["enter"]),
    "board-filter": (scenes.at_bootstrap, ["enter", "/", *"wait", "enter"]),
    "board-help": (scenes.at_bootstrap, ["enter", "?"]),
    "component": (scenes.at_bootstrap, ["enter", "enter"]),
    "component-log": (scenes.at_bootstrap, ["enter", "l", "w", "/", *"port", "enter"]),
    "run-search": (scenes.at_apply, ["enter", "/", *"cp2", "enter"]),
    "decision": (scenes.at_decision, ["enter", "down", "down"]),
    "decision-wait": (scenes.at_decision, ["enter", "end", "enter"]),
    "difference": (scenes.at_difference, ["enter"]),
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
        await _play(pilot, keys)
        expected = name.partition("-")[0]
        assert noun(pilot) == ("helpmodal" if name.endswith("help") else expected)
        matches(pilot, f"{name}-{size}")


async def _play(pilot: Pilot[int], keys: list[str]) -> None:
    for key in keys:
        if key == "wait":
            # The price is asked after a pause, so that arrows can be held down.
            await pilot.pause(0.4)
            await settled(pilot)
        else:
            await press(pilot, key)


async def test_pictures_are_the_same_each_time() -> None:
    """A picture depends on the view, the clock and the size, and on nothing else."""
    shown = []
    for _ in range(2):
        async with on_stage(scenes.at_bootstrap()) as pilot:
            await press(pilot, "enter")
            from tests.screens.stage import picture

            shown.append(picture(pilot))
    assert shown[0] == shown[1]
