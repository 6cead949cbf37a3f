"""Whole ways through the wizard: few keys, pasted values, a resized terminal, back and forth."""

from __future__ import annotations

import pytest
from msgspec import structs
from textual import events
from textual.pilot import Pilot

from screens.widgets.field import LONGEST, one_line
from tests.screens import scenes, story
from tests.screens import wizard_scenes as w
from tests.screens.stage import on_stage, picture, press, settled, until, wizard_of

TOKEN = "0123456789abcdef" * 4
MOST_KEYS = 40


async def _paste(pilot: Pilot[int], text: str) -> None:
    focused = pilot.app.focused
    assert focused is not None
    focused.post_message(events.Paste(text))
    await settled(pilot)


class Counted:
    """Presses keys and counts those that are no part of a value."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self.pilot = pilot
        self.keys = 0

    async def key(self, *keys: str) -> None:
        """Press keys that move, choose or agree."""
        self.keys += len(keys)
        await press(self.pilot, *keys)

    async def value(self, text: str) -> None:
        """Paste a value."""
        await _paste(self.pilot, text)


async def test_from_home_to_a_priced_review_in_few_keys() -> None:
    """A whole Sovereign is asked for with at most forty keys besides its values."""
    backend = scenes.empty(secrets=())
    async with on_stage(backend) as pilot:
        operator = Counted(pilot)
        await operator.key("enter")
        await until(pilot, "Whose platform is it?")
        await operator.value("Sultanate of Oman")
        await operator.key("enter")
        await operator.value("ops@omani.works")
        await operator.key("enter")
        await until(pilot, "Under which name")
        await operator.value("oman")
        await until(pilot, "Free in omani.works")
        await operator.key("enter")
        await until(pilot, "What opens Hetzner")
        await operator.value(TOKEN)
        await until(pilot, "may write")
        await operator.key("f5", "enter")
        await until(pilot, "Per month")
        await until(pilot, "with 19 % VAT")
        await operator.key("c", "enter")
        await until(pilot, "together")
        assert operator.keys <= MOST_KEYS
        assert backend.asked == ["keep hcloud_token", "plan"]


@pytest.mark.parametrize(
    ("pasted", "joined", "kept"),
    [
        ("Oman\n", " ", "Oman"),
        ("\n\n  Oman  \r\n", " ", "Oman"),
        ("Sultanate\nof Oman", " ", "Sultanate of Oman"),
        ("0123\n4567", "", "01234567"),
        ("\x1b[31mOman\x1b[0m", " ", "Oman"),
        ("\x1b]0;title\x07Oman\x1b[201~", " ", "Oman"),
        ("Om\x00\x07an", " ", "Oman"),
        ("سلطنة عمان", " ", "سلطنة عمان"),
        ("a" * 9000, " ", "a" * LONGEST),
        ("\x1b[200~", " ", ""),
    ],
)
def test_what_is_pasted_becomes_one_line(pasted: str, joined: str, kept: str) -> None:
    """Line ends, escape sequences and controls never reach an answer; other scripts do."""
    assert one_line(pasted, joined=joined) == kept


async def test_a_paste_never_leaves_the_step_and_never_exceeds_its_field() -> None:
    """A pasted line end is no Enter; what is too long is cut and judged in a sentence."""
    async with on_stage(scenes.empty()) as pilot:
        await press(pilot, "enter")
        await until(pilot, "Whose platform is it?")
        await _paste(pilot, "Sultanate\r\nof Oman\r\n\r\n")
        wizard = wizard_of(pilot)
        assert wizard.get("organisation.name") == "Sultanate of Oman"
        await _paste(pilot, "x" * 5000)
        await until(pilot, "characters")
        assert len(wizard.get("organisation.name")) <= LONGEST


async def test_back_and_forth_through_all_steps_changes_no_answer() -> None:
    """Every step back and every step on finds every answer as it was."""
    backend = w.at("sizing")
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await until(pilot, "with 19 % VAT")
        wizard = wizard_of(pilot)
        before = wizard.draft.answers
        for heading in ("What opens Hetzner", "Under which name", "Whose platform"):
            await press(pilot, "escape")
            await until(pilot, heading)
        for heading in ("Under which name", "What opens Hetzner", "Control planes"):
            await until(pilot, "✓")
            await press(pilot, "enter")
            await until(pilot, heading)
        assert wizard.draft.answers == before


async def test_a_resized_terminal_keeps_the_step_and_what_was_typed() -> None:
    """Smaller, larger, too small and back: the same field holds the same text."""
    async with on_stage(scenes.with_draft("domain")) as pilot:
        await press(pilot, "enter", "down", "down", *"x")
        for size in ((120, 40), (40, 10), (80, 24)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
        await until(pilot, "omanx")
        assert wizard_of(pilot).get("domain.label") == "omanx"


async def test_the_palette_finds_and_does() -> None:
    """Ctrl+P and a part of a word do what a key does."""
    async with on_stage(w.at("sizing")) as pilot:
        await press(pilot, "enter")
        await until(pilot, "with 19 % VAT")
        await press(pilot, "ctrl+p", *"work", "enter")
        await until(pilot, "Which servers run workloads?")
        await press(pilot, "escape", "ctrl+p", *"organ", "enter")
        await until(pilot, "Whose platform is it?")


async def test_an_alternative_is_taken_by_its_number() -> None:
    """Where the type is gone, one key takes another one with its location."""
    async with on_stage(w.out_of_stock()) as pilot:
        await press(pilot, "enter")
        await until(pilot, "4 has less: 8 GB of memory instead of 16, 4 cores instead of 8")
        await press(pilot, "4")
        wizard = wizard_of(pilot)
        assert wizard.get("sizing.control_plane.type") == "cpx32"
        assert wizard.get("sizing.location") == "fsn1"


async def test_an_alternative_that_loses_what_exists_says_so() -> None:
    """What would make servers anew elsewhere is marked and told before the key is pressed."""
    backend = w.out_of_stock()
    first, *rest = backend.script.alternatives
    backend.script.alternatives = (structs.replace(first, lost=3), *rest)
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        await until(pilot, "Instead")
        assert "+0.00  anew" in picture(pilot)
        assert "With 1 servers that exist are made anew: what is on them is lost." in picture(pilot)


async def test_home_copies_edits_and_forgets() -> None:
    """A copy asks for another name; an edit keeps it; what is rented cannot be forgotten."""
    backend = w.home_with_all()
    async with on_stage(backend) as pilot:
        await press(pilot, "down", "delete")
        await until(pilot, "Destroy it first")
        await press(pilot, "c")
        await until(pilot, "Under which name")
        wizard = wizard_of(pilot)
        assert wizard.get("domain.label") is None
        assert wizard.get("organisation.name") == story.ANSWERS["organisation"]["name"]
        await press(pilot, "escape", "escape")
        await until(pilot, "Sovereigns and drafts")
        await press(pilot, "e")
        await until(pilot, "Control planes")
        assert wizard_of(pilot).edits == "muscat.omani.works"
