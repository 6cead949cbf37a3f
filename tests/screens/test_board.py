"""The board by keys: a detail, a log, wishes to Flux, and a filter."""

from __future__ import annotations

import pytest

from provisioner import events as e
from provisioner.errors import CatalystError
from provisioner.facts import Outcome, State
from screens.scripted import ScriptedCluster
from tests.screens import scenes, story
from tests.screens.stage import noun, on_stage, picture, press, settled, until


async def test_enter_shows_a_component_and_esc_comes_back() -> None:
    """The one that is broken is chosen; its conditions, events and commands can be read."""
    async with on_stage(scenes.at_bootstrap()) as pilot:
        await press(pilot, "enter", "enter")
        assert noun(pilot) == "component"
        assert "InstallFailed" in picture(pilot)
        await press(pilot, "end")
        assert "$ catalyst reconcile oman.omani.works openbao" in picture(pilot)
        await press(pilot, "escape")
        assert noun(pilot) == "board"


async def test_l_reads_the_log_of_the_failing_container() -> None:
    """Without naming pod or container; c goes on to the next one."""
    async with on_stage(scenes.at_bootstrap()) as pilot:
        await press(pilot, "enter", "l")
        assert "log of openbao-0/openbao" in picture(pilot)
        assert "FATAL: cannot bind" in picture(pilot)
        await press(pilot, "c")
        assert "log of openbao-0/agent" in picture(pilot)
        await press(pilot, "l")
        assert "Conditions" in picture(pilot)


async def test_wishes_are_asked_of_the_component_under_the_mark() -> None:
    """R has Flux look again, z suspends, and takes up again what is suspended."""
    backend = scenes.at_bootstrap()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "r")
        assert backend.asked == ["reconcile openbao"]
        assert "Flux looks at openbao again." in picture(pilot)
        await press(pilot, "z")
        assert backend.asked[-1] == "suspend openbao"
        suspended = e.ComponentChanged(component="openbao", state=State.SUSPENDED)
        await backend.feed(story.FQDN, suspended)
        await settled(pilot)
        await press(pilot, "z")
        assert backend.asked[-1] == "resume openbao"


async def test_a_wish_that_is_refused_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Flux itself has no release: the board says so and goes on."""
    backend = scenes.at_bootstrap()

    async def refused(_cluster: ScriptedCluster, component: str) -> object:
        raise CatalystError("component_without_release", component=component)

    monkeypatch.setattr(ScriptedCluster, "reconcile", refused)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "r")
        shown = await until(pilot, "openbao is installed by the nodes themselves")
        assert noun(pilot) == "board"
        assert "Asking Flux" not in shown
        assert "Look at its workloads with enter." in shown


async def test_the_cluster_that_is_not_reached_yet_is_named() -> None:
    """A page of a component without a way in says why, and what is tried."""
    async with on_stage(scenes.at_bootstrap(details={})) as pilot:
        await press(pilot, "enter", "enter")
        assert "No server of the script has been reached yet" in picture(pilot)
        assert "tried again" in picture(pilot)


async def test_pull_credentials_are_explained_where_an_image_is_missing() -> None:
    """P gives the command in the component's own namespace, with no secret in it."""
    async with on_stage(scenes.at_bootstrap()) as pilot:
        await press(pilot, "enter", "p")
        assert "kubectl -n openbao create secret" in picture(pilot)


async def test_the_filter_lists_what_fits_and_esc_leaves_it() -> None:
    """A part of a name, of a state, or of what is waited for."""
    async with on_stage(scenes.at_bootstrap()) as pilot:
        await press(pilot, "enter", "slash", *"keyc")
        shown = picture(pilot)
        assert "keycloak" in shown
        assert "gitea" in shown, "it waits on keycloak"
        assert "cilium" not in shown
        await press(pilot, "escape")
        assert noun(pilot) == "board"
        assert "cilium" in picture(pilot)


async def test_n_goes_from_one_broken_component_to_the_next() -> None:
    """And from the last one to the first."""
    async with on_stage(scenes.at_bootstrap()) as pilot:
        await press(pilot, "enter", "n")
        assert " keycloak  retrying" in picture(pilot)
        await press(pilot, "n")
        assert " openbao  failed" in picture(pilot)


async def test_an_ended_run_is_resumed_with_a_capital_letter() -> None:
    """R stays a wish to Flux; R goes to the run, where it is resumed."""
    backend = scenes.at_bootstrap()
    backend.record(story.FQDN, [e.RunFinished(outcome=Outcome.FAILED, seconds=60)])
    backend.alive.clear()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "r")
        assert backend.asked == ["reconcile openbao"]
        assert "R has a run watch it" in picture(pilot)
        assert "as the run left it" in picture(pilot)


async def test_without_a_run_what_was_suspended_here_can_be_taken_up_here() -> None:
    """The journal does not tell of a wish that nobody watches, so it is remembered."""
    backend = scenes.at_bootstrap()
    backend.record(story.FQDN, [e.RunFinished(outcome=Outcome.FAILED, seconds=60)])
    backend.alive.clear()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "z")
        assert "z resume" in picture(pilot)
        await press(pilot, "z")
        assert backend.asked == ["suspend openbao", "resume openbao"]


async def test_a_detail_stays_when_the_run_ends() -> None:
    """Whoever reads is not moved away; the board then follows to the hand-off."""
    backend = scenes.at_bootstrap()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "enter")
        await backend.feed(story.FQDN, *story.ready())
        await settled(pilot)
        assert noun(pilot) == "component"
        await press(pilot, "escape")
        assert noun(pilot) == "handoff"
