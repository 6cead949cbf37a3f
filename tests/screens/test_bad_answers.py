"""Hetzner answers badly: each time a sentence where the question is, and a key that asks again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from catalyst_tui.app import CatalystApp
from catalyst_tui.backend import cloud, runs
from catalyst_tui.backend.engine import EngineBackend
from provisioner.clock import Clock
from provisioner.drafts import Draft, save_draft
from provisioner.home import Home
from provisioner.world import World
from screens.scripted_wizard import NOON
from tests.screens import story
from tests.screens.stage import press, settled, until

TOKEN = "0123456789abcdef" * 4


def _json(status: str, code: str) -> bytes:
    body = f'{{"error":{{"code":"{code}","message":"said by the API"}}}}'
    return _http(status, body, "application/json")


def _http(status: str, body: str, kind: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


ANSWERS = {
    "slow": (b"", "does not answer"),
    "closed": (None, "does not answer"),
    "malformed": (_http("200 OK", "{", "application/json"), "that is no answer"),
    "html": (_http("502 Bad Gateway", "<html>nginx</html>", "text/html"), "Hetzner"),
    "unauthorized": (_json("401 Unauthorized", "unauthorized"), "token"),
    "readonly": (_json("403 Forbidden", "token_readonly"), "can read but not write"),
    "limited": (_json("429 Too Many", "rate_limit_exceeded"), "requests"),
    "broken": (_json("500 Error", "server_error"), "Hetzner"),
}


@asynccontextmanager
async def _api(answer: bytes | None) -> AsyncIterator[str]:
    over = asyncio.Event()
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        if await reader.read(65536) and answer == b"":
            await over.wait()
        writer.write(answer or b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        over.set()
        server.close()
        await asyncio.gather(*(each for each in serving if each), return_exceptions=True)
        await server.wait_closed()


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], CatalystApp]:
    """Return what opens the application at a step, with its API at an address."""
    monkeypatch.setenv("HCLOUD_TOKEN", TOKEN)
    monkeypatch.setenv("CATALYST_VAULT_PASSWORD", "correct horse")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setattr(cloud, "DEADLINE", 0.5)

    def at(step: str, address: str) -> CatalystApp:
        world = World(hetzner=address, resolvers=("127.0.0.1:1",), dynadot=address)
        monkeypatch.setattr(runs, "REAL", world)
        home = Home(tmp_path / "state").create()
        home.drafts.mkdir()
        draft = Draft(id="a" * 16, saved=NOON, step=step, answers=story.ANSWERS)
        save_draft(home, draft, Clock())
        return CatalystApp(EngineBackend(home), begin="a" * 16, plain_glyphs=False)

    return at


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_bad_answer_is_a_sentence_at_the_token(
    name: str, opened: Callable[[str, str], CatalystApp]
) -> None:
    """Whatever comes back, the step says what it means and asks again at Enter."""
    answer, said = ANSWERS[name]
    async with _api(answer) as address:
        app = opened("credentials", address)
        async with app.run_test(size=(80, 24)) as pilot:
            shown = await until(pilot, "enter ask again")
            assert said in shown
            assert TOKEN not in shown
            await press(pilot, "enter")
            await settled(pilot)
            assert "What opens Hetzner" in await until(pilot, "enter ask again")


@pytest.mark.parametrize("name", ["slow", "malformed", "html", "limited"])
async def test_a_bad_answer_is_a_sentence_where_the_list_would_be(
    name: str, opened: Callable[[str, str], CatalystApp]
) -> None:
    """Without a market nothing can be chosen, and one key asks again."""
    answer, _ = ANSWERS[name]
    async with _api(answer) as address:
        app = opened("sizing", address)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, "r or Enter asks again")
            await press(pilot, "r")
            await until(pilot, "r or Enter asks again")
            await press(pilot, "enter")
            assert "Control planes" in await until(pilot, "r or Enter asks again")
