"""The log pane by keys: follow, search, level and source, wrap, copy, save."""

from __future__ import annotations

import json

from screens.logs.parsing import LogLine
from screens.ports import RawLines
from tests.screens import scenes
from tests.screens.stage import on_stage, picture, press

TEXT = "a line that is far longer than the eighty columns of a terminal, so that it must end here"


def _lines() -> tuple[RawLines, ...]:
    said = [f"step {number}" for number in range(40)]
    plain = [json.dumps({"@message": each, "@level": "info"}) for each in [*said, TEXT]]
    warned = LogLine("12:00:09", "wait", "warn", "rate limit, 8 s left")
    debug = json.dumps({"@message": "provider says hello", "@level": "debug"})
    return (RawLines("tofu", [debug, *plain]), RawLines("", said=[warned]))


async def test_f_stops_the_log_and_follows_again() -> None:
    """Keys move in it; what is newer is counted."""
    async with on_stage(scenes.begun("apply", logs=_lines())) as pilot:
        await press(pilot, "enter", "f", "pageup")
        assert "stopped" in picture(pilot)
        assert "newer" in picture(pilot)
        await press(pilot, "f")
        assert "rate limit" in picture(pilot)


async def test_search_finds_while_it_is_typed_and_n_goes_on() -> None:
    """The newest match first; n goes to older ones, N back; esc leaves the search."""
    async with on_stage(scenes.begun("apply", logs=_lines())) as pilot:
        await press(pilot, "enter", "slash", *"step", "enter")
        assert "▸tofu  step 39" in picture(pilot)
        await press(pilot, "n", "n")
        assert "▸tofu  step 37" in picture(pilot)
        await press(pilot, "N")
        assert "▸tofu  step 38" in picture(pilot)
        await press(pilot, "escape")
        assert "▸tofu" not in picture(pilot)


async def test_what_is_not_there_is_said() -> None:
    """A search without a match says so and moves nothing."""
    async with on_stage(scenes.begun("apply", logs=_lines())) as pilot:
        await press(pilot, "enter", "slash", *"nowhere", "enter")
        assert "/nowhere not found" in picture(pilot)
        assert "rate limit" in picture(pilot)


async def test_level_and_source_choose_what_is_shown() -> None:
    """V shows less and less, then all again; s shows one source after the other."""
    async with on_stage(scenes.begun("apply", logs=_lines())) as pilot:
        await press(pilot, "enter", "v", "v")
        assert "warnings and errors" in picture(pilot)
        assert "step" not in picture(pilot)
        assert "rate limit" in picture(pilot)
        await press(pilot, "v", "v", "s")
        assert "only tofu" in picture(pilot)
        assert "rate limit" not in picture(pilot)


async def test_w_shows_the_whole_of_long_lines() -> None:
    """A long line goes on below itself."""
    async with on_stage(scenes.begun("apply", logs=_lines())) as pilot:
        await press(pilot, "enter")
        assert "must end here" not in picture(pilot)
        await press(pilot, "w")
        assert "end here" in picture(pilot)


async def test_copy_and_save_take_what_is_chosen() -> None:
    """Y gives the shown lines, whole, to the terminal; S writes all kept ones of this choice."""
    backend = scenes.begun("apply", logs=_lines())
    async with on_stage(backend) as pilot:
        await press(pilot, "enter", "y")
        assert TEXT in pilot.app.clipboard
        assert "went to the clipboard" in picture(pilot)
        await press(pilot, "v", "v", "S")
        assert backend.asked == ["keep 1 lines"]
        assert "./oman.log" in picture(pilot)


async def test_what_repeats_is_one_row_that_counts() -> None:
    """A loop that says the same does not push everything else out of sight; S saves every line."""
    again = [json.dumps({"@message": "no answer", "@level": "warn"})] * 200
    backend = scenes.begun("apply", logs=(RawLines("tofu", [*_lines()[0].lines, *again]),))
    async with on_stage(backend) as pilot:
        await press(pilot, "enter")
        assert "tofu  (x200) no answer" in picture(pilot)
        assert "step 39" in picture(pilot)
        await press(pilot, "S")
        assert backend.asked[-1] == "keep 242 lines"
