"""Destroy by keys: where letters go, what is asked, and the ways that lead on from there."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Input

from provisioner import events as e
from provisioner.facts import Outcome
from provisioner.remedies import explain
from tests.screens import scenes, story
from tests.screens.stage import noun, on_stage, picture, press, settled

NAME = ["full_stop" if each == "." else each for each in story.FQDN]


def _typed(pilot: Pilot[int]) -> str:
    return pilot.app.screen.query_one("#typed", Input).value


async def test_destroy_from_home_stays_there_and_letters_are_a_name() -> None:
    """The page where the Sovereign belongs does not come over it, to take letters for keys."""
    backend = scenes.at_ready()
    async with on_stage(backend) as pilot:
        await press(pilot, "x")
        assert noun(pilot) == "destroy"
        await press(pilot, *"qhl")
        assert noun(pilot) == "destroy"
        assert _typed(pilot) == "qhl"
        assert backend.asked == []


async def test_home_offers_no_destroy_while_a_run_is_at_work() -> None:
    """It would be refused; the way to end the run is said instead."""
    async with on_stage(scenes.at_apply()) as pilot:
        assert "x destroy" not in picture(pilot)
        await press(pilot, "x")
        assert noun(pilot) == "home"
        assert "x there cancels it" in picture(pilot)


async def test_after_a_question_the_name_is_typed_at_once() -> None:
    """The run asks back: the field has the focus again, and no letter is a key."""
    backend = scenes.at_ready()
    backend.script.destroy = story.destroying()[:2]
    remedy = explain("destroy_protected", {"fqdn": story.FQDN, "names": "server cp1"})
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "D", *NAME, "enter")
        assert backend.asked == ["destroy"]
        ended = e.RunFinished(outcome=Outcome.NEEDS_DECISION, remedy=remedy, seconds=3)
        await backend.feed(story.FQDN, ended)
        await settled(pilot)
        await press(pilot, "f4", *NAME)
        assert noun(pilot) == "destroy"
        assert _typed(pilot) == story.FQDN
        await press(pilot, "enter")
        assert backend.asked[-1] == "destroy unprotected"


async def test_an_empty_field_does_not_look_filled() -> None:
    """What stands in the field before anything is typed is not the name itself."""
    async with on_stage(scenes.at_ready()) as pilot:
        await press(pilot, "enter", "D")
        assert picture(pilot).count(story.FQDN) == 1
