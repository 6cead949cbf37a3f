"""Cancelling and going on by key, from the run and from the board."""

from __future__ import annotations

from provisioner import events as e
from provisioner.facts import Outcome, PhaseName
from provisioner.folding import fold
from provisioner.remedies import explain
from provisioner.view import View
from screens.drawing.run import activity_rows, cancel_words
from screens.scripted import run_started
from tests.screens import scenes, story
from tests.screens.stage import noun, on_stage, picture, press, settled
from tests.unit.builders import FQDN, START, recorded


async def test_the_board_cancels_by_two_keys() -> None:
    """The first x asks on the run's own screen, the second cancels."""
    backend = scenes.at_bootstrap()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "x cancel" in picture(pilot).splitlines()[-1]
        await press(pilot, "x")
        assert noun(pilot) == "run"
        assert "installing by itself" in " ".join(picture(pilot).split())
        await press(pilot, "x")
        assert backend.asked == ["cancel"]


async def test_the_board_of_a_cancelled_run_resumes_by_one_key_and_says_what_to_do() -> None:
    """R and D come first in the footer, the panel holds the remedy's action, and R resumes."""
    backend = scenes.at_bootstrap()
    remedy = explain("cancelled", {"fqdn": story.FQDN})
    backend.record(story.FQDN, [e.RunFinished(outcome=Outcome.CANCELLED, remedy=remedy)])
    backend.alive.clear()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        shown = picture(pilot)
        assert "R resume  D destroy" in shown.splitlines()[-1]
        assert "R goes on, D takes everything down." in shown
        await press(pilot, "R")
        assert backend.asked == ["resume"]


async def test_what_a_run_was_asked_for_is_said_until_it_has_ended() -> None:
    """Beside "the run was cancelled" it would ask for patience."""
    backend = scenes.at_apply()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "x", "x")
        assert "The run was asked to end." in picture(pilot)
        remedy = explain("cancelled", {"fqdn": story.FQDN})
        backend.alive.clear()
        await backend.feed(story.FQDN, e.RunFinished(outcome=Outcome.CANCELLED, remedy=remedy))
        await settled(pilot)
        assert "The run was cancelled" in picture(pilot)
        assert "The run was asked to end." not in picture(pilot)


async def test_a_run_that_somebody_else_begins_is_shown_where_the_last_one_ended() -> None:
    """A page that shows what was would offer to go on with what goes on already."""
    backend = scenes.at_apply()
    backend.record(story.FQDN, [e.RunFinished(outcome=Outcome.CANCELLED)])
    backend.alive.clear()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "r resume" in picture(pilot).splitlines()[-1]
        for _ in range(2):
            backend.alive.add(story.FQDN)
            begun = e.PhaseStarted(phase=PhaseName.PLAN)
            await backend.feed(story.FQDN, run_started("resume", 2), begun)
            await settled(pilot)
            assert "OpenTofu plans" in picture(pilot)
            assert "x cancel" in picture(pilot).splitlines()[-1]
            backend.alive.clear()
            await backend.feed(story.FQDN, e.RunFinished(outcome=Outcome.CANCELLED))
            await settled(pilot)
            assert "The run was cancelled" in picture(pilot)


async def test_a_run_that_is_cancelled_is_not_said_to_go_on() -> None:
    """Esc at the second question lets it end in order; after force nothing more is offered."""
    backend = scenes.at_apply()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await backend.feed(story.FQDN, e.CancelRequested())
        await settled(pilot)
        await press(pilot, "x")
        assert "no, let it end in order" in picture(pilot)
        await press(pilot, "escape")
        assert "The run goes on." not in picture(pilot)
        await backend.feed(story.FQDN, e.CancelRequested(forced=True))
        await settled(pilot)
        assert "x abandon" not in picture(pilot)
        await press(pilot, "x", "x")
        assert backend.asked == []


def test_resources_and_remarks_of_earlier_runs_are_not_shown_as_new() -> None:
    """Before a run applies anything its page names no resource, and no remark, of another run."""
    earlier = [run_started("apply"), story.saved(), *story.applying()]
    earlier.append(e.Remarked(source="tofu", text="execution halted", level="error"))
    later = [run_started("resume", 2), e.PhaseStarted(phase=PhaseName.APPLY, usual=70)]
    view = fold(View(fqdn=FQDN), recorded(*earlier, *later))
    said = "\n".join(row.plain for row in activity_rows(view, START, 80, 20))
    assert "catalyst-oman-cp1" not in said
    assert view.remarks == []


def test_a_cancel_during_bootstrap_says_what_the_cluster_does() -> None:
    """Nothing of OpenTofu is in flight then, and the cluster needs nobody to go on."""
    events = [run_started("apply"), story.saved(), *story.applying(), *story.applied()]
    view = fold(View(fqdn=FQDN), recorded(*events, *story.bootstrapping()))
    assert "which may take minutes" not in cancel_words(view, START)
    assert "installing by itself" in cancel_words(view, START)
