"""A token that was revoked while something is rented: the truth about it, and a key for another."""

from __future__ import annotations

import pytest

from provisioner.events import RunFinished
from provisioner.facts import Outcome
from provisioner.remedies import explain
from screens.ports import TokenReport
from screens.scripted import ScriptedBackend
from tests.screens import scenes, story
from tests.screens.stage import SIZES, matches, noun, on_stage, picture, press

REMEDY = explain("token_revoked", {"fqdn": story.FQDN})
NEW = "n" * 64


def _revoked(token: TokenReport | None = None) -> ScriptedBackend:
    ended = RunFinished(outcome=Outcome.FAILED, remedy=REMEDY, seconds=20)
    known = {"token": token} if token is not None else {}
    backend = scenes.begun("apply", story.applying(), [ended], **known)
    backend.alive.clear()
    return backend


async def test_run_says_what_stays_rented_and_takes_another_token() -> None:
    """One key asks for it, and Enter goes on with the run."""
    backend = _revoked()
    async with on_stage(backend) as pilot:
        shown = " ".join(picture(pilot).split())
        assert "enter goes on with it." in shown
        assert "R resume" not in shown
        await press(pilot, "enter")
        shown = " ".join(picture(pilot).split())
        assert "stays rented and costs money" in shown
        assert "t give a token" in shown
        assert "t goes on with it." in shown
        await press(pilot, "t")
        assert noun(pilot) == "token"
        await press(pilot, *NEW)
        assert NEW not in picture(pilot)
        await press(pilot, "enter")
        assert backend.asked[-2:] == ["keep hcloud_token", "resume"]


PICTURES: dict[str, tuple[TokenReport | None, list[str]]] = {
    "token": (None, []),
    "token-error": (TokenReport(problem=explain("hetzner_unauthorized")), [*NEW, "enter"]),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PICTURES)
async def test_picture(name: str, size: str) -> None:
    """The page looks as it was approved: the question, and what Hetzner said to an answer."""
    token, keys = PICTURES[name]
    async with on_stage(_revoked(token), SIZES[size]) as pilot:
        await press(pilot, "enter", "t", *keys)
        matches(pilot, f"{name}-{size}")


async def test_a_token_that_hetzner_refuses_too_starts_nothing() -> None:
    """It is said at the question, which stays; Esc leads back to the run."""
    refused = explain("hetzner_unauthorized")
    backend = _revoked(TokenReport(problem=refused))
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "t", *NEW, "enter")
        assert noun(pilot) == "token"
        assert refused.what in picture(pilot)
        await press(pilot, "escape")
        assert noun(pilot) == "run"
        assert "resume" not in backend.asked


async def test_a_destroy_that_was_refused_goes_on_as_one_with_another_token() -> None:
    """From its own page and from the run's: what was being taken down is not built up again."""
    for keys in (["F7"], ["F5", "t"]):
        ended = RunFinished(outcome=Outcome.FAILED, remedy=REMEDY, seconds=20)
        backend = scenes.begun("destroy", story.destroying(), [ended])
        backend.alive.clear()
        async with on_stage(backend) as pilot:
            await press(pilot, "enter")
            assert noun(pilot) == "destroy"
            assert "F7 give a token" in picture(pilot).splitlines()[-1]
            await press(pilot, *[each.lower() if len(each) > 1 else each for each in keys])
            assert noun(pilot) == "token"
            await press(pilot, *NEW, "enter")
            assert noun(pilot) == "destroy"
            assert "keep hcloud_token" in backend.asked
            assert "resume" not in backend.asked
