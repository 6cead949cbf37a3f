"""Destroy by keys: where letters go, what is asked, and the ways that lead on from there."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Input

from provisioner import events as e
from provisioner.facts import Outcome
from provisioner.remedies import explain
from screens.scripted import run_started
from tests.screens import scenes, story
from tests.screens.stage import noun, on_stage, picture, press, settled, until

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


async def test_what_others_share_is_named_with_what_to_do_first() -> None:
    """No key takes a server of theirs out of the network: the page says it, and asks again."""
    backend = scenes.at_ready()
    backend.script.destroy = story.destroying()[:2]
    remedy = explain("destroy_shared", {"fqdn": story.FQDN, "names": "theirs"})
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "D", *NAME, "enter")
        ended = e.RunFinished(outcome=Outcome.NEEDS_DECISION, remedy=remedy, seconds=3)
        await backend.feed(story.FQDN, ended)
        await settled(pilot)
        shown = " ".join(picture(pilot).split())
        assert "theirs" in shown
        assert "Take them out of it" in shown
        assert "then enter goes on" in shown
        await press(pilot, *NAME, "enter")
        assert backend.asked == ["destroy", "destroy"]


async def test_an_empty_field_does_not_look_filled() -> None:
    """What stands in the field before anything is typed is not the name itself."""
    async with on_stage(scenes.at_ready()) as pilot:
        await press(pilot, "enter", "D")
        assert picture(pilot).count(story.FQDN) == 1


def _look() -> list[e.Event]:
    remedy = explain("destroy_unconfirmed", {"fqdn": story.FQDN, "count": "1", "which": ""})
    return [
        e.InventoryListed(when="before", items=story.items(), foreign=2),
        e.RunFinished(outcome=Outcome.NEEDS_DECISION, remedy=remedy, seconds=1),
    ]


async def test_the_page_lists_what_exists_before_the_name_is_typed() -> None:
    """The cloud's own listing stands there, and what it costs; it asks and deletes nothing."""
    backend = scenes.at_ready()
    backend.script.inventory = _look()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "D")
        await until(pilot, "resources at Hetzner belong to it")
        shown = picture(pilot)
        assert "pvc-7d1e" in shown
        assert "289.44 EUR a month" in shown
        assert backend.asked == []
        await press(pilot, *NAME, "enter")
        assert backend.asked == ["destroy"]


async def test_a_name_that_is_given_while_all_is_listed_is_not_forgotten() -> None:
    """Nothing begins beside the runner that lists; what was typed begins once that has ended."""
    backend = scenes.at_ready()
    listed, ended = _look()
    backend.script.inventory = [listed]
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "D")
        await until(pilot, "resources at Hetzner belong to it")
        await press(pilot, *NAME, "enter")
        assert backend.asked == []
        assert "as soon as what exists is listed" in picture(pilot)
        await backend.feed(story.FQDN, ended)
        await settled(pilot)
        assert backend.asked == ["destroy"]


async def test_a_destroy_is_cancelled_where_it_is_watched() -> None:
    """In the same two stages as any run: each says first what it does, and esc withdraws."""
    backend = scenes.begun("destroy", story.destroying())
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert noun(pilot) == "destroy"
        assert "x cancel" in picture(pilot).splitlines()[-1]
        await press(pilot, "x")
        said = " ".join(picture(pilot).split())
        assert "what is being deleted is finished first" in said
        assert "EUR an hour" in said
        await press(pilot, "escape")
        assert noun(pilot) == "destroy"
        assert backend.asked == []
        await press(pilot, "x", "x")
        assert backend.asked == ["cancel"]
        await backend.feed(story.FQDN, e.CancelRequested())
        await settled(pilot)
        assert "x abandon" in picture(pilot).splitlines()[-1]
        await press(pilot, "x")
        assert "without the state knowing" in " ".join(picture(pilot).split())
        await press(pilot, "x")
        assert backend.asked == ["cancel", "force"]
        remedy = explain("destroy_cancelled", {"fqdn": story.FQDN})
        ended = e.RunFinished(outcome=Outcome.CANCELLED, remedy=remedy, seconds=3)
        backend.alive.clear()
        await backend.feed(story.FQDN, ended)
        await settled(pilot)
        said = " ".join(picture(pilot).split())
        assert (
            "enter takes the rest down; F6 plans what is gone anew, asks, and switches on" in said
        )
        assert "The run was asked to end." not in said


async def test_a_mere_look_leaves_the_home_of_a_sovereign_alone() -> None:
    """After a look at destroy it is ready as before, and Enter shows the hand-off."""
    for command in ("inventory", "destroy"):
        backend = scenes.at_ready()
        backend.record(story.FQDN, [run_started(command, 3), *_look()])
        async with on_stage(backend) as pilot:
            await until(pilot, "ready")
            await press(pilot, "enter")
            assert noun(pilot) == "handoff"


async def test_a_look_leaves_a_cancelled_sovereign_cancelled() -> None:
    """Its word and its way on stay, and the destroy page has keys for run and resume."""
    backend = scenes.at_apply()
    cancelled = explain("cancelled", {"fqdn": story.FQDN})
    ended = e.RunFinished(outcome=Outcome.CANCELLED, remedy=cancelled, seconds=3)
    backend.record(story.FQDN, [ended, run_started("inventory", 3), *_look()])
    backend.alive.clear()
    async with on_stage(backend) as pilot:
        await until(pilot, "cancelled")
        await press(pilot, "enter")
        assert noun(pilot) == "run"
        await press(pilot, "D")
        assert "F6 resume" in picture(pilot)
        await press(pilot, "f5")
        assert noun(pilot) == "run"
        await press(pilot, "D", "f6")
        assert backend.asked == ["resume"]
