"""The main job by keys alone: from Home to the hand-off, and everything down again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from provisioner import events as e
from provisioner.errors import CatalystError
from provisioner.facts import Outcome
from provisioner.view import View
from screens.drawing.frame import PRODUCT
from screens.scripted_wizard import NOON
from tests.screens import scenes, story
from tests.screens.stage import matches, noun, on_stage, picture, press, settled


async def test_enter_leads_through_the_wizard_to_a_priced_plan() -> None:
    """With sound answers Enter alone goes from Home to the plan, step by step."""
    backend = scenes.with_draft()
    async with on_stage(backend) as pilot:
        seen = []
        for _ in range(5):
            await press(pilot, "enter")
            seen.append(noun(pilot))
            await pilot.pause(0.4)
        await settled(pilot)
        assert seen == ["organisation", "domain", "credentials", "sizing", "review"]
        assert backend.asked == ["plan"]
        assert "289.44" in picture(pilot)


async def test_apply_board_handoff_and_destroy() -> None:
    """Two deliberate keys apply; run, board and hand-off follow by themselves; destroy asks."""
    backend = scenes.with_draft("review")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await press(pilot, "a")
        assert backend.asked == ["plan"], "one key must not apply"
        await press(pilot, "a")
        assert backend.asked[-1] == f"apply {story.SHA[:4]}"
        assert noun(pilot) == "run"
        assert scenes.DRAFT not in backend.drafts, "the answers are a Sovereign's now"
        await backend.feed(story.FQDN, *story.applied(), *story.bootstrapping())
        await settled(pilot)
        assert noun(pilot) == "board"
        await backend.feed(story.FQDN, *story.ready())
        await settled(pilot)
        assert noun(pilot) == "handoff"
        await press(pilot, "D", *"wrong", "enter")
        assert "destroy" not in backend.asked
        assert "not its name" in picture(pilot)
        await press(pilot, *["backspace"] * 5, *_typed(story.FQDN), "enter")
        assert backend.asked[-1] == "destroy"
        await backend.feed(story.FQDN, *story.destroyed())
        await settled(pilot)
        assert "Nothing is left" in picture(pilot)


async def test_a_real_plan_needs_its_hash() -> None:
    """Outside a rehearsal nothing but the beginning of the plan's own hash applies it."""
    backend = scenes.with_draft("review")
    backend.rehearsed = False
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert PRODUCT in picture(pilot)
        assert "REHEARSAL" not in picture(pilot)
        await press(pilot, "a", "a", "enter")
        assert backend.asked == ["plan"]
        await press(pilot, *["backspace"] * 2, *story.SHA[:4], "enter")
        assert backend.asked[-1] == f"apply {story.SHA[:4]}"


async def test_blanks_are_no_consent() -> None:
    """However many blanks are typed, alone or behind a beginning that is too short, none counts."""
    backend = scenes.with_draft("review")
    backend.rehearsed = False
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", *["space"] * 4, "enter")
        assert backend.asked == ["plan"]
        await press(pilot, *["backspace"] * 4, *story.SHA[:2], "space", "space", "enter")
        assert backend.asked == ["plan"]


async def test_the_board_is_opened_once() -> None:
    """Whoever goes back from the board to the run is left there."""
    backend = scenes.at_bootstrap()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert noun(pilot) == "board"
        await press(pilot, "b")
        await backend.feed(story.FQDN, story.healthy("crossplane"))
        await settled(pilot)
        assert noun(pilot) == "run"


async def test_cancel_is_said_before_it_is_done() -> None:
    """The first x tells what follows, the second asks, and once more abandons."""
    backend = scenes.at_apply()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "x")
        assert backend.asked == []
        assert "what is in flight is finished" in picture(pilot)
        await press(pilot, "x")
        assert backend.asked == ["cancel"]
        await backend.feed(story.FQDN, e.CancelRequested())
        await settled(pilot)
        await press(pilot, "x", "x")
        assert backend.asked == ["cancel", "force"]


async def test_a_question_that_has_no_more_meaning_is_withdrawn() -> None:
    """A run that another viewer cancels asks about abandoning; one that has ended asks nothing."""
    backend = scenes.at_apply()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "x")
        await backend.feed(story.FQDN, e.CancelRequested())
        await settled(pilot)
        await press(pilot, "x")
        assert backend.asked == [], "what it would abandon was not said yet"
        assert "x again abandons" in picture(pilot)
        await backend.feed(story.FQDN, e.RunFinished(outcome=Outcome.CANCELLED))
        await settled(pilot)
        assert "abandon" not in picture(pilot)
        assert "r resume" in picture(pilot)


async def test_leaving_is_detaching() -> None:
    """Leaving the screen asks nothing of the run."""
    backend = scenes.at_apply()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await pilot.press("d")
        await pilot.pause()
        assert pilot.app.return_code == 0
    assert backend.asked == []


async def test_late_viewer_sees_what_an_early_one_saw() -> None:
    """A board opened at the end shows what one that followed every event shows."""
    followed = scenes.at_access()
    async with on_stage(followed) as pilot:
        await press(pilot, "enter")
        for event in story.bootstrapping():
            await followed.feed(story.FQDN, event, at=NOON)
        await settled(pilot)
        early = picture(pilot)
    async with on_stage(scenes.at_bootstrap()) as pilot:
        await press(pilot, "enter")
        assert picture(pilot) == early
        matches(pilot, "board-80x24")


async def test_a_run_that_died_can_be_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ended without a word is told with what to do, and r goes on with it."""
    backend = scenes.at_apply()

    async def lost(fqdn: str) -> AsyncIterator[View]:
        yield backend._view(fqdn)
        raise CatalystError("runner_lost", fqdn=fqdn)

    monkeypatch.setattr(backend, "follow", lost)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "ended without a word" in picture(pilot)
        await press(pilot, "r")
        assert backend.asked == ["resume"]


def _typed(text: str) -> list[str]:
    return ["full_stop" if each == "." else each for each in text]
