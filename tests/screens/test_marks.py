"""Where the cursor is, is always seen: one question is marked, the one that is answered."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.screens import scenes
from tests.screens.stage import on_stage, picture, press, until

STEPS = {
    "organisation": ("Whose platform", ("Name", "Admin e-mail", "Name")),
    "domain": ("Free in", ("Name", "Pool domain", "Label", "Name")),
    "credentials": ("may write", ("Hetzner token", "Project", "SSH from", "SSH key")),
}


def _marked(pilot: Pilot[int]) -> list[str]:
    """Return the questions that carry the mark."""
    lines = picture(pilot).splitlines()[3:]
    return [line[3:18].strip() for line in lines if line.startswith(" ▸")]


@pytest.mark.parametrize("step", STEPS)
async def test_one_question_is_marked_and_down_marks_the_next(step: str) -> None:
    """The mark goes with the keys from question to question, choices and texts alike."""
    heading, titles = STEPS[step]
    async with on_stage(scenes.with_draft(step), begin=scenes.DRAFT) as pilot:
        await until(pilot, heading)
        for title in titles:
            assert _marked(pilot) == [title]
            await press(pilot, "down")
