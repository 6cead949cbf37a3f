"""What a server can do instead of answering well: each ends in a sentence of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from provisioner.facts import OutsideCheck
from provisioner.outside.asking import Site, trust
from provisioner.outside.targets import targets
from provisioner.rehearsal.certificates import pairs
from tests.unit.hetzner.cloud import scripted

NAME = "console.oman.omani.works"
ROOT = pairs.authority("Some Root")
NOW = datetime.now(UTC)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve, *, tls: bool = True) -> AsyncIterator[Site]:
    """Yield a site that answers so, with a certificate that is trusted."""
    context = pairs.context(pairs.issue(ROOT, [NAME])) if tls else None
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Site(NAME, "127.0.0.1", port, trust(ROOT.certificate), "production")
    finally:
        server.close()


def says(answer: bytes) -> Serve:
    """Return a server that says this and hangs up."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    return serve


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take what comes and say nothing."""
    await reader.read()
    writer.close()


async def look(serve: Serve, *, tls: bool = True, now: datetime = NOW) -> list[OutsideCheck]:
    """Return what is seen of a server: its certificate, then its page."""
    async with serving(serve, tls=tls) as site:
        return list(await site.look(now, page=True, seconds=0.5))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", ""),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", ""),
        (b"HTTP/1.1 599 \r\n\r\n", "http_failing"),
        (b"SSH-2.0-OpenSSH\r\n", "http_none"),
        (b"", "http_none"),
        (b"x" * 10_000, "http_none"),
    ],
)
async def test_a_page_is_judged_by_its_first_line(answer: bytes, code: str) -> None:
    """A page that asks who one is has answered; what is no HTTP is told as that."""
    tls, http = await look(says(answer))
    assert tls.ok
    assert (http.ok, http.code) == (not code, code)


async def test_a_server_that_says_nothing_meets_the_deadline() -> None:
    """Before TLS as after it: it is silence, and not waited for longer than a look may take."""
    for tls in (False, True):
        seen = await look(silent, tls=tls)
        assert {each.code for each in seen} == {"outside_silent"}
        assert all("no answer" in each.saw for each in seen if each.what == "tls")


async def test_what_speaks_no_tls_shows_no_certificate() -> None:
    """A plain answer where TLS is expected."""
    seen = await look(says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), tls=False)
    assert seen[0].code == "tls_none"


async def test_a_certificate_of_tomorrow_is_told_as_that() -> None:
    """A clock that is wrong, here or there, is not taken for a foreign certificate."""
    seen = await look(says(b"HTTP/1.1 200 OK\r\n\r\n"), now=NOW - timedelta(days=2))
    assert seen[0].code == "tls_early"


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404, json={"error": {"code": "not_found", "message": "gone"}}),
        httpx2.Response(200, json={"load_balancer": {"name": "lb"}}),
        httpx2.Response(200, json={"load_balancer": None}),
    ],
)
async def test_an_api_that_tells_no_targets_says_nothing_of_them(answer: httpx2.Response) -> None:
    """What cannot be known is not called ill."""
    async with scripted(lambda _: answer) as hetzner:
        found = await targets(hetzner, "7")
    assert (found.ok, found.code) == (False, "targets_unknown")
