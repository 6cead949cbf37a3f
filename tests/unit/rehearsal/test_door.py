"""Whatever bytes arrive at the simulated cloud's port: it answers or hangs up, and never fails."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, create_app, digest
from provisioner.rehearsal.hetzner.serving import Serving, serving
from tests.unit.rehearsal.client import TOKEN

PATIENCE = 20.0
"""Seconds after which an answer counts as one that never comes; a busy machine may take some."""
HEAD = f"Host: sim\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n".encode()


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    """Serve a cloud without latencies."""
    cloud = Cloud(Clock(1, time.time()), settings=Settings(scale=0, rate_limit=1e9))
    with serving(create_app(cloud, {digest(TOKEN): "write"})) as at:
        yield at


def send(served: Serving, *parts: bytes, end: bool = False) -> bytes:
    """Send bytes, and the end where that is said; return all that comes until the other side ends.

    Raises TimeoutError where nothing comes.
    """
    where = httpx2.URL(served.endpoint)
    with socket.create_connection((where.host, where.port or 80), PATIENCE) as connection:
        for part in parts:
            connection.sendall(part)
        if end:
            connection.shutdown(socket.SHUT_WR)
        got = b""
        while more := _received(connection):
            got += more
        return got


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


def status(answer: bytes) -> int:
    """Return the status of an answer."""
    return int(answer.split(b" ", 2)[1])


def still_well(served: Serving) -> None:
    """Hold that the next caller is answered."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    assert httpx2.get(f"{served.endpoint}/locations", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET /v1/locations HTTP/1.1", 200),
        (b"GET /v1/locations HTTP/1.0", 200),
        (b"GET http://sim/v1/locations HTTP/1.1", 200),
        (b"GET HTTP://sim:80/v1/locations?name=fsn1 HTTP/1.1", 200),
        (b"GET http://sim HTTP/1.1", 404),
        (b"GET ftp://sim/v1/locations HTTP/1.1", 404),
        (b"GET /v1/locations?per_page=2&per_page=3&page= HTTP/1.1", 422),
        (b"GET /v1/locations?%ff%00=%&&=&;=%zz HTTP/1.1", 200),
        (b"GET /v1/locations?" + b"name=a&" * 5000 + b" HTTP/1.1", 200),
        (b"GET /v1/locations/\xd9\xa1 HTTP/1.1", 400),
        (b"GET /v1/locations/%D9%A1 HTTP/1.1", 404),
        (b"GET /v1/actions?" + b"id=1&" * 9000 + b" HTTP/1.1", 200),
        (b"GET /v1/locations/../../etc/passwd HTTP/1.1", 404),
        (b"GET //v1/locations HTTP/1.1", 404),
        (b"GET /v1/locations/ HTTP/1.1", 404),
        (b"GET /v1/" + b"a" * 60_000 + b" HTTP/1.1", 404),
        (b"GET /v1/" + b"a/" * 30_000 + b" HTTP/1.1", 404),
        (b"GET / HTTP/1.1", 404),
        (b"HEAD /v1/locations HTTP/1.1", 405),
        (b"OPTIONS /v1/locations HTTP/1.1", 405),
        (b"OPTIONS * HTTP/1.1", 404),
        (b"TRACE /v1/locations HTTP/1.1", 405),
        (b"DANCE /v1/locations HTTP/1.1", 405),
        (b"GET /v1/locations", 400),
        (b"GET  HTTP/1.1", 400),
        (b"GET /_sim/inventory HTTP/1.1", 200),
        (b"GET /_sim/nothing HTTP/1.1", 404),
        (b"DELETE /_sim/inventory HTTP/1.1", 404),
    ],
)
def test_an_odd_line_is_answered(line: bytes, expected: int, served: Serving) -> None:
    """Methods, paths and queries of every kind get their status, at once."""
    assert status(send(served, line + b"\r\n" + HEAD + b"\r\n")) == expected
    still_well(served)


def ordered(*lines: bytes, body: bytes = b"") -> bytes:
    """Return an order of a server with these header lines."""
    return b"POST /v1/servers HTTP/1.1\r\n" + HEAD + b"".join(lines) + b"\r\n" + body


LARGE = b'{"name": "' + b"x" * 2_000_000 + b'"}'


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (ordered(), 400),
        (ordered(b"Content-Length: 2\r\n", body=b"{}"), 422),
        (ordered(b"Content-Length: 2\r\n", b"Content-Type: text/plain\r\n", body=b"{}"), 422),
        (ordered(b"Transfer-Encoding: chunked\r\n", body=b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), 422),
        (ordered(b"Transfer-Encoding: chunked\r\n", body=b"zz\r\n{}"), 400),
        (ordered(b"Content-Length: x\r\n", body=b"{}"), 400),
        (ordered(b"Content-Length: -1\r\n", body=b"{}"), 400),
        (ordered(b"Content-Length: %d\r\n" % len(LARGE), body=LARGE), 400),
        (ordered(b"Expect: 100-continue\r\n", b"Content-Length: 2\r\n", body=b"{}"), 100),
        (ordered(b"Content-Encoding: gzip\r\n", b"Content-Length: 2\r\n", body=b"\x1f\x8b"), 400),
        (ordered(b"X: " + b"y" * 30_000 + b"\r\n", b"Content-Length: 2\r\n", body=b"{}"), 422),
        (ordered(b"Authorization: Basic x\r\n", b"Content-Length: 2\r\n", body=b"{}"), 422),
    ],
)
def test_an_odd_body_is_answered(sent: bytes, expected: int, served: Serving) -> None:
    """Missing, cut, encoded, chunked and enormous bodies are refused; nothing waits for more."""
    assert status(send(served, sent)) == expected
    still_well(served)


def test_a_body_that_stops_in_the_middle_takes_nobody_with_it(served: Serving) -> None:
    """The caller that ends before its body did gets nothing; the next one is served."""
    send(served, ordered(b"Content-Length: 100\r\n", body=b"{"), end=True)
    still_well(served)


def test_requests_on_one_connection_are_answered_in_order(served: Serving) -> None:
    """A caller that sends several at once gets as many answers."""
    keep = HEAD.replace(b"Connection: close\r\n", b"")
    first = b"GET /v1/locations/1 HTTP/1.1\r\n" + keep + b"\r\n"
    last = b"GET /v1/nothing HTTP/1.1\r\n" + HEAD + b"\r\n"
    answers = send(served, first * 3 + last).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"200", b"200", b"404"]


@given(st.binary(min_size=1, max_size=200), st.booleans())
@settings(max_examples=60)
def test_no_noise_is_left_without_an_end(served: Serving, noise: bytes, framed: bool) -> None:
    """Random bytes, alone or as a body, end in a refusal or a closed connection."""
    told = b"POST /v1/networks HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(noise)
    answer = send(served, told + noise if framed else noise, end=True)
    assert not answer or 400 <= status(answer) < 500
