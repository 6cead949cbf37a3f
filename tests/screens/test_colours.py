"""Sixteen colours do, and so does none: what is said is said by words and glyphs."""

from __future__ import annotations

import pytest
from rich.color import ColorType
from rich.segment import Segment
from textual.pilot import Pilot

from tests.screens import scenes
from tests.screens.stage import PICTURES as SNAPSHOTS
from tests.screens.stage import on_stage, picture, press
from tests.screens.test_pictures import PICTURES, play

PALETTE = {ColorType.DEFAULT, ColorType.STANDARD}


def _segments(pilot: Pilot[int]) -> list[Segment]:
    """Return what is painted, piece by piece."""
    strips = pilot.app.screen._compositor.render_strips()
    return [each for strip in strips for each in strip if each.style is not None]


def _colours(each: Segment) -> set[ColorType]:
    style = each.style
    assert style is not None
    return {colour.type for colour in (style.color, style.bgcolor) if colour is not None}


@pytest.mark.parametrize("name", PICTURES)
async def test_a_screen_needs_sixteen_colours_at_most(name: str) -> None:
    """Every colour is one of the terminal's own sixteen."""
    opened, keys = PICTURES[name]
    async with on_stage(opened()) as pilot:
        await play(pilot, keys)
        pieces = _segments(pilot)
    assert set().union(*map(_colours, pieces)) <= PALETTE


@pytest.mark.parametrize("name", PICTURES)
async def test_a_screen_says_the_same_without_colours(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NO_COLOR nothing is coloured, and the same words and glyphs stand there."""
    monkeypatch.setenv("NO_COLOR", "1")
    opened, keys = PICTURES[name]
    async with on_stage(opened()) as pilot:
        await play(pilot, keys)
        assert set().union(*map(_colours, _segments(pilot))) <= {ColorType.DEFAULT}
        assert picture(pilot) == (SNAPSHOTS / f"{name}-80x24.txt").read_text("utf-8")


async def test_the_cursor_is_seen_on_dark_and_on_light_terminals() -> None:
    """It swaps the terminal's own two colours: black or white of its own would vanish on one."""
    async with on_stage(scenes.with_draft()) as pilot:
        await press(pilot, "enter")
        (cursor,) = [each for each in _segments(pilot) if each.style and each.style.reverse]
        assert _colours(cursor) == {ColorType.DEFAULT}
