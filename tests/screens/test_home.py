"""Home on a real folder: what cannot be read is said, and the rest is still there."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from textual.pilot import Pilot

from catalyst_tui.app import CatalystApp
from catalyst_tui.backend.engine import EngineBackend
from provisioner.clock import Clock
from provisioner.drafts import new_draft, save_draft
from provisioner.events import Event
from provisioner.home import Home
from provisioner.journal import Journal
from screens.scripted import run_started
from tests.screens import story
from tests.screens.stage import picture, press, settled


async def _seen(home: Home, *keys: str) -> str:
    app = CatalystApp(EngineBackend(home), plain_glyphs=False)
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(40):
            await settled(pilot)
            if "New Sovereign" in picture(pilot):
                break
        await press(pilot, *keys)
        return " ".join(picture(pilot).split())


def _home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "state").create()
    home.drafts.mkdir()
    return home


async def _until(pilot: Pilot[int], text: str, *, without: str = "\0") -> None:
    """Wait until a text stands on the screen, and another does not; journals are read meanwhile."""
    async with asyncio.timeout(60):
        while text not in (shown := picture(pilot)) or without in shown:
            await settled(pilot)
            await asyncio.sleep(0.02)


def _sovereign(home: Home, *more: Event) -> Path:
    folder = home.sovereign(story.FQDN).create()
    journal = Journal(folder.journal, folder.fqdn, Clock())
    journal.append([run_started("plan"), *story.planned(), *more])
    journal.close()
    return folder.journal


async def test_a_rehearsed_one_is_marked_and_home_stays_the_root(tmp_path: Path) -> None:
    """Beside real ones it shows no price, adds to no sum; opening it does not change Home."""
    home = _home(tmp_path)
    _sovereign(home, *story.applied())
    _sovereign(home.rehearsal, *story.applied())
    own = EngineBackend(home)
    app = CatalystApp(own, plain_glyphs=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await _until(pilot, "+ Rehearse on a simulated cloud")
        lines = [line for line in picture(pilot).splitlines() if story.FQDN in line]
        assert [line.split()[-1] for line in lines] == ["EUR", "REHEARSAL"]
        assert "2 rented" not in picture(pilot)
        await press(pilot, "down")
        assert "on a simulated cloud: nothing of it is rented" in picture(pilot)
        await press(pilot, "enter")
        await _until(pilot, "REHEARSAL", without="Sovereigns and drafts")
        assert app.backend is own.rehearsal
        await press(pilot, "escape")
        await _until(pilot, "+ Rehearse on a simulated cloud")
        assert app.backend is own
        assert "REHEARSAL" not in picture(pilot).splitlines()[0]
        assert picture(pilot).count(story.FQDN) == 2


async def test_a_first_start_explains_itself_and_offers_the_rehearsal(tmp_path: Path) -> None:
    """An empty home says what this is, what to have at hand, and that one can rehearse."""
    shown = await _seen(Home(tmp_path / "none"))
    assert "Have at hand" in shown
    assert "Rehearse" in shown


async def test_a_planned_sovereign_and_a_draft(tmp_path: Path) -> None:
    """What was planned and what was only begun stand side by side, with their price and step."""
    home = _home(tmp_path)
    _sovereign(home)
    save_draft(home, new_draft(Clock(), {"organisation": {"name": "Nizwa"}}), Clock())
    shown = await _seen(home)
    assert f"{story.FQDN} planned" in shown
    assert "289.44 EUR" in shown
    assert "Nizwa draft, at Organisation" in shown


async def test_a_journal_damaged_in_the_middle(tmp_path: Path) -> None:
    """A damaged journal is named with what to do; Home goes on."""
    home = _home(tmp_path)
    with sqlite3.connect(_sovereign(home)) as database:
        database.execute("UPDATE events SET body = 'no event' WHERE seq = 3")
    database.close()
    shown = await _seen(home)
    assert f"{story.FQDN} cannot be read" in shown
    assert "event 3" in shown
    assert "catalyst resume" in shown


async def test_a_draft_of_a_newer_release(tmp_path: Path) -> None:
    """A draft that a newer release wrote is left alone, and said so."""
    home = _home(tmp_path)
    (home.drafts / f"{'b' * 16}.json").write_text('{"version": 99}')
    shown = await _seen(home)
    assert "cannot be read" in shown
    assert "newer release" in shown


async def test_a_home_that_is_no_folder(tmp_path: Path) -> None:
    """A state folder that cannot be used is one sentence with the way out."""
    (tmp_path / "state").write_text("")
    shown = await _seen(Home(tmp_path / "state"))
    assert "cannot be used" in shown
    assert "CATALYST_HOME" in shown
