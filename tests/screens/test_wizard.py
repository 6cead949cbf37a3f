"""The wizard's promises: every field has a question, Enter holds, Back loses nothing."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from catalyst_tui.backend.engine import EngineBackend
from provisioner.home import Home
from provisioner.spec import SovereignSpec
from screens.ports import Judged, TokenReport
from screens.wizard import Wizard
from tests.screens import scenes, story
from tests.screens.stage import noun, on_stage, picture, press, settled, wizard_of

STEPS = ("organisation", "domain", "credentials", "sizing", "workers", "advanced")
NOT_ASKED = {"version"}
"""Fields that no operator decides."""


def _fields(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = _model(field.annotation)
        here = f"{path}{name}"
        if inner is None:
            yield here
        else:
            many = "tuple" in str(field.annotation)
            yield from _fields(inner, f"{here}[]." if many else f"{here}.")


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model(each))), None)


def test_every_field_of_the_spec_has_a_screen() -> None:
    """What the operator decides is asked somewhere, and nothing else is asked."""
    asked: set[str] = set()
    for step in STEPS:
        module = importlib.import_module(f"screens.{step}")
        screen = next(v for n, v in vars(module).items() if n == f"{step.title()}Screen")
        asked |= set(screen.FIELDS)
    decided = set(_fields(SovereignSpec)) - NOT_ASKED
    assert decided <= asked
    assert asked - decided == {"hetzner.token", "sizing.workers"}


async def test_enter_moves_on_only_when_the_step_holds() -> None:
    """A gap or a mistake keeps the step, and says at its field what to do."""
    async with on_stage(scenes.empty()) as pilot:
        await press(pilot, "enter", "enter")
        assert noun(pilot) == "organisation"
        await press(pilot, *"Oman", "enter")
        await press(pilot, *"nobody", "enter")
        assert noun(pilot) == "organisation"
        assert "is no e-mail address" in picture(pilot)
        await press(pilot, "at", *"oman", "full_stop", *"om", "enter")
        assert noun(pilot) == "domain"


async def test_an_example_is_never_an_answer() -> None:
    """What stands in an empty field as an example is neither kept nor accepted."""
    backend = scenes.empty()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "Sultanate of Oman" in picture(pilot)
        await press(pilot, "enter")
        assert noun(pilot) == "organisation"
        assert wizard_of(pilot).get("organisation.name") is None


async def test_back_loses_nothing() -> None:
    """Answers, right or wrong, are there again after going back and forth."""
    async with on_stage(scenes.with_draft("domain")) as pilot:
        await press(pilot, "enter", "down", "down", *"-", "escape")
        assert noun(pilot) == "organisation"
        await press(pilot, "enter")
        assert noun(pilot) == "domain"
        assert "oman-" in picture(pilot)


async def test_a_change_of_mode_keeps_what_was_typed() -> None:
    """Trying the other way to a name and coming back finds the label again."""
    backend = scenes.with_draft("domain")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "up", "up", "up", "right")
        wizard = wizard_of(pilot)
        assert wizard.get("domain.mode") == "own"
        assert wizard.get("domain.label") is None
        await press(pilot, "left")
        assert wizard.get("domain.label") == "oman"
        assert wizard.judged.fqdn == story.FQDN


async def test_drafts_are_kept_as_one_types() -> None:
    """A moment after a key the draft holds it, with the step at which it was typed."""
    backend = scenes.empty()
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", *"Om")
        await asyncio.sleep(0.5)
        await settled(pilot)
        (draft,) = backend.drafts.values()
        assert (draft.step, draft.answers["organisation"]["name"]) == ("organisation", "Om")


async def test_a_token_is_in_no_draft_and_on_no_screen() -> None:
    """A typed token goes to its store alone; the screen shows dots and its last characters."""
    backend = scenes.with_draft("credentials")
    token = "tokentokentoken3f9a"
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", *token)
        await asyncio.sleep(0.6)
        await settled(pilot)
        assert "keep hcloud_token" in backend.asked
        assert token not in picture(pilot)
        assert token not in str(backend.drafts)


async def test_a_token_that_may_not_write_keeps_the_step() -> None:
    """Enter does not leave Credentials while Hetzner refuses the token."""
    from provisioner.remedies import explain

    report = TokenReport(problem=explain("hetzner_token_readonly"))
    async with on_stage(scenes.with_draft("credentials", token=report)) as pilot:
        await press(pilot, "enter", "enter")
        assert noun(pilot) == "credentials"


async def test_a_late_answer_to_an_older_question_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is judged is always what stands there now."""
    backend = scenes.with_draft()
    wizard = Wizard(scenes.draft(), backend)
    gate = asyncio.Event()
    real = backend.check

    async def slow(answers: Any) -> Judged:
        judged = await real(answers)
        await gate.wait()
        return judged

    monkeypatch.setattr(backend, "check", slow)
    asked = asyncio.create_task(wizard.check())
    await asyncio.sleep(0)
    wizard.put("organisation.name", "")
    gate.set()
    await asked
    assert wizard.judged.fqdn == "", "the answer to the older question must not count"


async def test_worker_pools_can_be_added_and_removed() -> None:
    """A pool is added with what is known, changed by typing, and removed again."""
    backend = scenes.with_draft("sizing")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "w", "ctrl+n", "backspace", *"4")
        pools = wizard_of(pilot).get("sizing.workers")
        assert pools[1] == {"name": "pool2", "type": "cpx32", "count": 4}
        await press(pilot, "ctrl+d")
        pools = wizard_of(pilot).get("sizing.workers")
        assert [pool["name"] for pool in pools] == ["general"]


@pytest.mark.parametrize(
    "domain",
    [
        {"mode": "pool", "label": "oman", "pool": "omani.works"},
        {"mode": "pool", "label": "no label", "pool": "omani.works"},
        {"mode": "own", "fqdn": "oman.example.org"},
        {"mode": "own", "fqdn": "oman"},
        {},
    ],
)
async def test_the_scripted_backend_judges_as_the_engine_does(
    domain: dict[str, str], tmp_path: Path
) -> None:
    """What a screen is told in a test, it is told by the engine too."""
    answers = story.ANSWERS | {"domain": domain}
    judged = await scenes.empty().check(answers)
    assert judged == await EngineBackend(Home(tmp_path)).check(answers)
