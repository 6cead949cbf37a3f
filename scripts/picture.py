"""Draws the README's picture: the board of a rehearsal that is going on, as Textual exports it.

Usage: ``python scripts/picture.py FQDN FILE.svg`` while ``catalyst rehearse`` runs; CATALYST_HOME
names its state folder as always.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from catalyst_tui.app import CatalystApp, RehearsalOptions
from catalyst_tui.backend.engine import EngineBackend
from provisioner.facts import State
from provisioner.home import Home
from screens.board import BoardScreen

SIZE = (80, 24)
HEALTHY = 4
"""Components that are healthy when the picture is taken, so that it shows a board at work."""
LONGEST = 600.0
"""Real seconds to wait for that."""


async def draw(fqdn: str) -> str:
    """Follow the Sovereign until its board shows something, and return the picture as SVG."""
    backend = EngineBackend(Home.default(), RehearsalOptions())
    app = CatalystApp(backend, plain_glyphs=False)
    async with app.run_test(size=SIZE) as pilot, asyncio.timeout(LONGEST):
        app.watch_sovereign(fqdn)
        while not _at_work(app):
            await pilot.pause(0.2)
        await pilot.pause(0.5)
        return app.export_screenshot(title=f"catalyst · {fqdn}")


def _at_work(app: CatalystApp) -> bool:
    watched = app.watched
    if watched is None or watched.view is None or not isinstance(app.screen, BoardScreen):
        return False
    states = [line.state for line in watched.view.components.values()]
    return states.count(State.HEALTHY) >= HEALTHY and State.INSTALLING in states


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(asyncio.run(draw(sys.argv[1])), "utf-8")
