"""Terminals that are too small, too old or none; and a first frame without heavy imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from catalyst_tui.app import CatalystApp
from catalyst_tui.terminal import can_show, needs_plain_glyphs
from tests.screens import scenes
from tests.screens.stage import noun, on_stage, picture, press, settled

HEAVY = ("asyncssh", "cryptography", "dns", "httpx2", "pydantic", "ruamel", "starlette", "keyring")


async def test_a_small_terminal_is_told_what_is_needed_and_loses_nothing() -> None:
    """At 40x10 one sentence says what is missing; enlarged, the same screen is there again."""
    async with on_stage(scenes.at_bootstrap()) as pilot:
        await press(pilot, "enter")
        await pilot.resize_terminal(40, 10)
        await settled(pilot)
        said = " ".join(picture(pilot).split())
        assert "catalyst needs 60 columns and 20 lines. This terminal has 40 x 10." in said
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert noun(pilot) == "board"


async def test_started_in_a_small_terminal() -> None:
    """A terminal that is too small from the start is told so at once."""
    async with on_stage(scenes.empty(), (40, 10)) as pilot:
        assert "catalyst needs" in picture(pilot)


async def test_glyphs_have_stand_ins_of_the_same_width() -> None:
    """With stand-ins every screen is ASCII, and stands in the same columns."""
    pictures = []
    for plain in (False, True):
        app = CatalystApp(scenes.at_bootstrap(), plain_glyphs=plain)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await press(pilot, "enter")
            pictures.append(picture(pilot).splitlines())
    assert "".join(pictures[1]).isascii()
    assert [len(line) for line in pictures[0]] == [len(line) for line in pictures[1]]


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({"TERM": "linux", "LANG": "en_GB.UTF-8"}, True),
        ({"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}, False),
        ({"TERM": "xterm-256color", "LC_ALL": "C", "LANG": "en_GB.UTF-8"}, True),
    ],
)
def test_who_needs_stand_ins(environment: dict[str, str], plain: bool) -> None:
    """Consoles without the glyphs, and locales that cannot encode them, get stand-ins."""
    assert needs_plain_glyphs(environment) is plain


def test_no_terminal_no_screen() -> None:
    """Without a terminal the reason is said, and nothing is drawn."""
    code = "from catalyst_tui.terminal import can_show; print(can_show({'TERM': 'xterm'}))"
    said = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    assert said.stdout.decode().strip() == "Standard input is no terminal."


def test_a_dumb_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """TERM=dumb names itself as the reason."""
    monkeypatch.setattr("os.isatty", lambda _: True)
    assert "dumb" in (can_show({"TERM": "dumb"}) or "")
    assert can_show({"TERM": "xterm"}) is None


def test_the_first_frame_imports_nothing_heavy() -> None:
    """Importing what the first frame needs loads none of the libraries that take long."""
    code = f"import sys, catalyst_tui.app; print([n for n in {HEAVY!r} if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert said.stdout.decode().strip() == "[]"
