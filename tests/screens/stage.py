"""The application on a stage: opened on a scripted backend, driven by keys, pictured as text."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from catalyst_tui.app import CatalystApp
from screens.scripted import ScriptedBackend
from screens.wizard import Wizard

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
PICTURES = Path(__file__).parent / "snapshots"
SOON = 0.12
"""Seconds: a little more than what the application gathers before it draws."""
LONGEST, MANY = 6.0, 200
"""Seconds, and turns of the loop, after both of which what never rests is taken as it is.

Seconds alone may pass while a busy machine lets nobody work.
"""
TURNS = 3
UPDATE = "CATALYST_UPDATE_SNAPSHOTS"


@asynccontextmanager
async def on_stage(
    backend: ScriptedBackend,
    size: tuple[int, int] = SIZES["80x24"],
    *,
    begin: str | None = None,
    plain: bool = False,
) -> AsyncIterator[Pilot[int]]:
    """Open the application, with stand-ins for glyphs if ``plain``, and wait until it is quiet."""
    app = CatalystApp(backend, begin=begin, plain_glyphs=plain)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


async def settled(pilot: Pilot[int]) -> None:
    """Wait until nobody has anything left to do soon, and what came of it has been drawn."""
    loop = asyncio.get_running_loop()
    end, quiet, turns = loop.time() + LONGEST, 0, 0
    # A layout that follows from another one is drawn in a turn of its own.
    while quiet < TURNS and (turns < MANY or loop.time() < end):
        turns += 1
        await pilot.pause(0)
        due = _due(loop)
        quiet = quiet + 1 if due > SOON else 0
        if 0 < due <= SOON:
            await asyncio.sleep(due)


def _due(loop: asyncio.AbstractEventLoop) -> float:
    """Return the seconds until the loop has something to do; 0 where it has now."""
    # The base class keeps what is due now in _ready, and timers in _scheduled.
    ready = [each for each in loop._ready if not each.cancelled()]  # type: ignore[attr-defined]  # private
    timers = [each.when() for each in loop._scheduled if not each.cancelled()]  # type: ignore[attr-defined]  # private
    return 0.0 if ready else max(min(timers, default=math.inf) - loop.time(), 0.0)


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys and wait."""
    await pilot.press(*keys)
    await settled(pilot)


async def until(pilot: Pilot[int], text: str, seconds: float = 20) -> str:
    """Return the picture once a text is in it, its lines joined; fails with the last picture."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while text not in (shown := " ".join(picture(pilot).split())):
        assert loop.time() < end, f"{text!r} never came:\n{picture(pilot)}"
        await pilot.pause(0.05)
    return shown


async def until_gone(pilot: Pilot[int], text: str, seconds: float = 20) -> None:
    """Wait until a text stands there no more; fails with the last picture."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while text in " ".join(picture(pilot).split()):
        assert loop.time() < end, f"{text!r} never went:\n{picture(pilot)}"
        await pilot.pause(0.05)


def picture(pilot: Pilot[int]) -> str:
    """Return what the terminal shows, as lines without blanks at their ends."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(s.text for s in strip).rstrip() for strip in strips) + "\n"


def wizard_of(pilot: Pilot[int]) -> Wizard:
    """Return the wizard that is open; fails where there is none."""
    assert isinstance(pilot.app, CatalystApp)
    assert pilot.app.wizard is not None
    return pilot.app.wizard


def noun(pilot: Pilot[int]) -> str:
    """Return which screen is shown."""
    return type(pilot.app.screen).__name__.removesuffix("Screen").lower()


def matches(pilot: Pilot[int], name: str) -> None:
    """Compare the picture with the committed one, or draw that anew when asked to."""
    path, shown = PICTURES / f"{name}.txt", picture(pilot)
    if os.environ.get(UPDATE):
        path.write_text(shown, "utf-8", newline="\n")
    assert shown == path.read_text("utf-8"), f"{name} looks different"
