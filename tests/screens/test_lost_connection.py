"""Hetzner goes away in the middle of the wizard: nothing is lost, it is said, and it comes back."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from textual.pilot import Pilot

from catalyst_tui.app import CatalystApp
from catalyst_tui.backend import cloud, runs
from catalyst_tui.backend.engine import EngineBackend
from provisioner.clock import Clock
from provisioner.drafts import Draft, load_draft, save_draft
from provisioner.home import Home
from provisioner.world import World
from screens.scripted_wizard import NOON
from tests.integration.simulated import TOKEN, simulated
from tests.screens import story
from tests.screens.stage import press, until, until_gone

DRAFT = "a" * 16
DEADLINE = 5.0
AT_ONCE = struct.pack("ii", 1, 0)
"""Has a socket reset its connection instead of closing it in order."""


class Line:
    """The way to Hetzner: open, hanging, or reset whoever comes."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._hangs, self._resets = False, False
        self._held: set[asyncio.StreamWriter] = set()

    def open(self) -> None:
        """Let everything through again; what hung is lost."""
        self._hangs = self._resets = False
        self._drop()

    def hang(self) -> None:
        """Take what comes and never answer."""
        self._hangs, self._resets = True, False

    def reset(self) -> None:
        """Break what is open, and whatever is opened."""
        self._hangs, self._resets = False, True
        self._drop()

    def _drop(self) -> None:
        for writer in [each for each in self._held if not each.is_closing()]:
            end = writer.get_extra_info("socket")
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()
        self._held.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self._held.add(writer)
        if self._resets:
            self._drop()
            return
        back, on = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(self._pass(reader, on), self._pass(back, writer))
        self._held.discard(writer)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if not self._hangs:
                    sink.write(data)
        except ConnectionError:
            pass
        finally:
            sink.close()


@asynccontextmanager
async def _line(address: str) -> AsyncIterator[tuple[Line, str]]:
    line = Line(urlsplit(address).port or 0)
    server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
    try:
        yield line, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        line.reset()
        server.close()
        await server.wait_closed()


def _home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "state").create()
    home.drafts.mkdir()
    draft = Draft(id=DRAFT, saved=NOON, step="credentials", answers=story.ANSWERS)
    save_draft(home, draft, Clock())
    return home


async def test_hetzner_is_lost_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reset and hanging, with and without a list: a sentence, a key, and every answer kept."""
    monkeypatch.setenv("HCLOUD_TOKEN", TOKEN)
    monkeypatch.setenv("CATALYST_VAULT_PASSWORD", "correct horse")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setattr(cloud, "DEADLINE", DEADLINE)
    home = _home(tmp_path)
    with simulated() as seen:
        async with _line(seen.endpoint) as (line, address):
            world = World(hetzner=address, resolvers=("127.0.0.1:1",), dynadot=address)
            monkeypatch.setattr(runs, "REAL", world)
            app = CatalystApp(EngineBackend(home), begin=DRAFT, plain_glyphs=False)
            async with app.run_test(size=(80, 24)) as pilot:
                await until(pilot, "may write", 60)
                assert app.wizard is not None
                before = deepcopy(app.wizard.answers)
                await _without_a_list(pilot, line)
                await _with_a_list(pilot, line)
                assert app.wizard.answers == before
                await app.wizard.keep()
    assert load_draft(home, DRAFT).answers == before


async def _without_a_list(pilot: Pilot[int], line: Line) -> None:
    """Go on to Sizing while nobody answers, and ask again until somebody does."""
    line.reset()
    await press(pilot, "enter")
    shown = await until(pilot, "r or Enter asks again", 60)
    assert "does not answer" in shown
    assert "Control planes" in shown
    line.hang()
    await press(pilot, "r")
    await until(pilot, "Asking Hetzner what there is")
    await until(pilot, "r or Enter asks again", 60)
    line.open()
    await press(pilot, "enter")
    shown = await until(pilot, "with 19 % VAT", 60)
    assert "does not answer" not in shown


async def _with_a_list(pilot: Pilot[int], line: Line) -> None:
    """Ask anew while nobody answers: the list stays, and why it is the old one is said."""
    line.reset()
    await press(pilot, "r")
    shown = await until(pilot, "does not answer", 60)
    assert "cpx42" in shown, "what was read before can still be chosen from"
    line.open()
    await press(pilot, "r")
    await until_gone(pilot, "does not answer", 60)
