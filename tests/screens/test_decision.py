"""A run that needs a decision: alternatives, a wait, a plan that goes beyond, and data."""

from __future__ import annotations

import pytest

from tests.screens import decisions, scenes, story
from tests.screens.stage import noun, on_stage, picture, press


async def test_a_choice_changes_the_answers_and_starts_the_next_run() -> None:
    """Enter asks once, then sets exactly what the choice says and goes on."""
    backend = scenes.at_decision()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert noun(pilot) == "decision"
        await press(pilot, "enter")
        assert backend.asked == []
        assert "Enter again takes cpx32 in nbg1" in picture(pilot)
        await press(pilot, "enter")
        assert backend.asked == ["set sizing.workers[0].location=nbg1", "resume"]
        assert noun(pilot) == "run"


async def test_another_row_withdraws_the_question() -> None:
    """The second enter counts only on the row of the first."""
    backend = scenes.at_decision()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "enter", "down", "enter")
        assert backend.asked == []


async def test_what_exists_and_would_be_touched_is_named_before() -> None:
    """In words, not in addresses; and stock is what the market says now."""
    async with on_stage(scenes.at_decision()) as pilot:
        await press(pilot, "enter", "down", "down")
        shown = picture(pilot)
        assert "server general1, balancer ingress exist already" in shown
        assert "gone meanwhile" in shown
        assert "● now" in shown


async def test_what_a_choice_has_less_of_is_said_before() -> None:
    """Marked in the list, and told in words where the choice is made; of others nothing is said."""
    async with on_stage(scenes.at_decision()) as pilot:
        await press(pilot, "enter")
        assert "cx33 in fsn1  less" in picture(pilot)
        assert "Has less" not in picture(pilot)
        await press(pilot, "down", "down", "down")
        assert "Has less: 80 GB of disk instead of 160; the kit still fits." in picture(pilot)


async def test_a_run_can_wait_for_stock() -> None:
    """W goes on at once: it changes nothing and costs nothing more."""
    backend = scenes.at_decision()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "w")
        assert backend.asked == ["resume waiting"]


async def test_a_limit_of_the_account_is_not_waited_for() -> None:
    """People lift it, so the row that waits is not there."""
    backend = scenes.at_decision(question="hetzner_resource_limit_exceeded")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "w")
        assert backend.asked == []
        assert "Wait until" not in picture(pilot)


async def test_a_plan_that_goes_beyond_is_agreed_to_by_two_keys_in_a_rehearsal() -> None:
    """What is made anew and what it costs more stands there before."""
    backend = scenes.at_difference()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert noun(pilot) == "difference"
        shown = picture(pilot)
        assert "server catalyst-oman-general1 is deleted and made anew" in shown
        assert "+101.00" in shown
        await press(pilot, "a", "a")
        assert backend.asked == ["apply 77ab"]


async def test_a_real_plan_that_goes_beyond_needs_its_hash() -> None:
    """Nothing else but the beginning of the new plan's hash agrees to it."""
    backend = scenes.at_difference()
    backend.rehearsed = False
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", *story.SHA[:4], "enter")
        assert backend.asked == []
        await press(pilot, *["backspace"] * 4, *"77ab", "enter")
        assert backend.asked == ["apply 77ab"]


async def test_the_run_leads_back_to_the_decision() -> None:
    """Whoever looks at the log comes back by a key."""
    async with on_stage(scenes.at_decision()) as pilot:
        await press(pilot, "enter", "l")
        assert noun(pilot) == "run"
        await press(pilot, "c")
        assert noun(pilot) == "decision"


@pytest.mark.parametrize(
    ("code", "key", "asked"),
    [
        ("destroy_volumes", "f2", "destroy keeping volumes"),
        ("destroy_volumes", "f3", "destroy with volumes"),
        ("destroy_protected", "f4", "destroy unprotected"),
    ],
)
async def test_a_destroy_asks_what_becomes_of_data_and_of_what_is_protected(
    code: str, key: str, asked: str
) -> None:
    """The name alone does not answer it: the question comes first, then the name."""
    backend = scenes.at_open_volumes(code)
    name = ["full_stop" if each == "." else each for each in story.FQDN]
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", *name, "enter")
        assert backend.asked == []
        assert "First the question" in picture(pilot)
        await press(pilot, key, "enter")
        assert backend.asked == [asked]


async def test_another_type_is_named_where_it_is_asked_about() -> None:
    """Which servers, from what to what, and what that costs; never that only the price differs."""
    async with on_stage(scenes.at_difference(decisions.retyped)) as pilot:
        await press(pilot, "enter")
        shown = " ".join(picture(pilot).split())
        assert "servers catalyst-oman-general1, general2 +206.00" in shown
        assert "come as ccx33 instead of cpx32" in shown
        assert "only the price" not in shown


async def test_a_plan_for_what_is_rented_already_does_not_say_that_nothing_is() -> None:
    """What stays, what is added and changed, and what that costs beside what was confirmed."""
    backend = scenes.at_review_again()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert noun(pilot) == "review"
        shown = picture(pilot)
        assert "What is rented stays. This plan adds 1 resource and changes 3." in shown
        assert "+128.99" in shown
        assert "Nothing is rented" not in shown
    backend.rehearsed = False
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "begin to pay" not in picture(pilot)
    async with on_stage(scenes.at_difference()) as pilot:
        await press(pilot, "enter")
        assert "Of what is rented 1 is lost, the rest stays." in picture(pilot)
        assert "Nothing is rented" not in picture(pilot)


async def test_a_limit_names_the_keys_that_go_on_once_it_is_lifted() -> None:
    """People lift it: nothing is waited for, and R goes on as planned, E with fewer servers."""
    backend = scenes.at_decision(question="hetzner_resource_limit_exceeded")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        shown = picture(pilot)
        assert "choose fewer servers with e; then r goes on." in " ".join(shown.split())
        assert "r resume  e edit" in shown.splitlines()[-1]
        assert "Wait until" not in shown
        await press(pilot, "r")
        assert backend.asked == ["resume"]
