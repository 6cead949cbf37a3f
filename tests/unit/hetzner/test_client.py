"""The client asks again when that can help, waits visibly, and never shows the token."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from pydantic import SecretStr

from provisioner import remedies
from provisioner.errors import CredentialError, HetznerError
from provisioner.events import Event, WaitFinished, WaitStarted
from provisioner.hetzner.client import ATTEMPTS, RESERVE, Hetzner
from tests.unit.hetzner.cloud import FAST, TOKEN, client, fault, project, scripted


def envelope(code: str, status: int, **headers: str) -> httpx2.Response:
    """Return an error as the API writes it."""
    body = {"error": {"code": code, "message": f"because of {TOKEN}", "details": None}}
    return httpx2.Response(status, json=body, headers=headers)


def failing(times: int, response: Callable[[], httpx2.Response]) -> tuple[Hetzner, list[str]]:
    """Return a client whose first requests fail, and the methods it sent."""
    sent: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.method)
        return response() if len(sent) <= times else httpx2.Response(200, json={"ok": True})

    return scripted(answer), sent


@pytest.mark.parametrize(
    ("method", "code", "status", "again"),
    [
        ("GET", "unavailable", 503, True),
        ("GET", "server_error", 500, True),
        ("DELETE", "timeout", 504, True),
        ("POST", "unavailable", 503, False),
        ("POST", "conflict", 409, True),
        ("POST", "locked", 423, True),
        ("POST", "rate_limit_exceeded", 429, True),
        ("GET", "not_found", 404, False),
        ("GET", "unauthorized", 401, False),
        ("POST", "resource_unavailable", 412, False),
    ],
)
async def test_only_what_can_help_is_tried_again(
    method: str, code: str, status: int, again: bool
) -> None:
    """A request that may have had an effect is not repeated, one that had none is."""
    hetzner, sent = failing(1, lambda: envelope(code, status))
    async with hetzner:
        if again:
            assert await hetzner.call(method, "/x") == {"ok": True}
            assert sent == [method, method]
        else:
            with pytest.raises(HetznerError) as refused:
                await hetzner.call(method, "/x")
            assert refused.value.code == f"hetzner_{code}"
            assert sent == [method]


async def test_retries_end() -> None:
    """An outage is reported after a bounded number of requests."""
    hetzner, sent = failing(99, lambda: envelope("unavailable", 503))
    async with hetzner:
        with pytest.raises(HetznerError):
            await hetzner.get("/x")
    assert len(sent) == ATTEMPTS == hetzner.requests


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (httpx2.Response(200, text="<html>captive portal</html>"), "hetzner_malformed"),
        (httpx2.Response(200, json=[1]), "hetzner_malformed"),
        (httpx2.Response(200, content=b"[" * 100_000), "hetzner_malformed"),
        (httpx2.Response(403, text="<html>"), "hetzner_forbidden"),
        (httpx2.Response(418, json={"error": "teapot"}), "hetzner_unknown_error"),
        (httpx2.Response(302, headers={"Location": "https://x/"}), "hetzner_unknown_error"),
        (envelope("a_new_code", 422), "hetzner_refused"),
    ],
)
async def test_answers_that_are_none_are_told_in_words(
    response: httpx2.Response, code: str
) -> None:
    """HTML, other shapes and codes nobody knows each become an error with a remedy."""
    async with scripted(lambda _: response) as hetzner:
        with pytest.raises(HetznerError) as refused:
            await hetzner.list("/servers", "servers")
    assert refused.value.code == code
    assert "?" not in remedies.remedy_of(refused.value).what


async def test_a_rate_limit_is_waited_for_visibly() -> None:
    """The wait says what for and until when, and ends."""
    events: list[Event] = []
    reset = FAST.clock.now().timestamp() + 30
    sent = 0

    def answer(_: httpx2.Request) -> httpx2.Response:
        nonlocal sent
        sent += 1
        if sent == 1:
            return envelope("rate_limit_exceeded", 429, **{"RateLimit-Reset": str(reset)})
        return httpx2.Response(200, json={}, headers={"RateLimit-Remaining": "3599"})

    async with scripted(answer, events.append) as hetzner:
        await hetzner.get("/x")
        assert hetzner.remaining == 3599
    started, finished = events
    assert isinstance(started, WaitStarted)
    assert "rate limit" in started.what
    assert started.until is not None
    assert started.until.timestamp() >= reset - 1
    assert isinstance(finished, WaitFinished)
    assert finished.seconds >= 25


@pytest.mark.parametrize("wrong_by", [-7200, 7200])
async def test_a_machine_whose_clock_is_wrong_waits_as_long_as_hetzner_says(wrong_by: int) -> None:
    """The reset is counted from Hetzner's own clock, so a jump of ours changes nothing."""
    theirs = datetime.now(UTC) + timedelta(seconds=wrong_by)
    reset = str(theirs.timestamp() + 30)
    headers = {"RateLimit-Reset": reset, "Date": format_datetime(theirs, usegmt=True)}
    told: list[tuple[datetime, Event]] = []
    answers = iter([envelope("rate_limit_exceeded", 429, **headers)])
    done = httpx2.Response(200, json={})
    async with scripted(
        lambda _: next(answers, done), lambda each: told.append((FAST.clock.now(), each))
    ) as hetzner:
        await hetzner.get("/x")
    (began, started), (_, finished) = told
    assert isinstance(started, WaitStarted)
    assert started.until is not None
    assert started.until - began < timedelta(seconds=40)
    assert isinstance(finished, WaitFinished)
    assert finished.seconds >= 29


async def test_the_last_requests_of_the_budget_are_left_to_others() -> None:
    """Before it is refused, the client lets the project regain some, and says so."""
    events: list[Event] = []
    low = httpx2.Response(200, json={}, headers={"RateLimit-Remaining": "3"})
    async with scripted(lambda _: low, events.append) as hetzner:
        await hetzner.get("/x")
        assert events == []
        await hetzner.get("/x")
    started, finished = events
    assert isinstance(started, WaitStarted)
    assert "budget" in started.what
    assert isinstance(finished, WaitFinished)
    assert finished.seconds >= RESERVE - 3


async def test_silence_is_an_error_with_a_remedy() -> None:
    """A network that is down is said to be, after some patience."""

    def silent(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route to host")

    async with scripted(silent) as hetzner:
        with pytest.raises(HetznerError) as refused:
            await hetzner.get("/x")
        assert hetzner.requests == ATTEMPTS
        with pytest.raises(HetznerError):
            await hetzner.call("POST", "/x", body={})
        assert hetzner.requests == ATTEMPTS + 1
    assert refused.value.code == "hetzner_unreachable"
    assert refused.value.facts["reason"] == "no route to host"


async def test_the_token_is_nowhere_to_be_seen() -> None:
    """Neither a repr nor an error, cause and context included, shows the token."""
    async with scripted(lambda _: envelope("forbidden", 403)) as hetzner:
        try:
            await hetzner.get("/x")
        except HetznerError as refused:
            said = "".join(traceback.format_exception(refused)) + repr(refused.facts)
        assert TOKEN not in said + repr(hetzner)


def test_a_token_that_no_header_carries_is_refused_unseen() -> None:
    """The HTTP library would quote it, so it never gets that far."""
    with pytest.raises(CredentialError) as refused:
        Hetzner(FAST, SecretStr(f"{TOKEN}\n"))
    assert TOKEN not in repr(refused.value)


async def test_lists_are_read_over_all_pages() -> None:
    """Nothing is lost behind the first page."""
    cloud = project(quota={"network": 100})
    async with client(cloud) as hetzner:
        for number in range(60):
            network = {"name": f"net{number}", "ip_range": "10.0.0.0/16"}
            await hetzner.call("POST", "/networks", body=network)
        sent = hetzner.requests
        found = await hetzner.list("/networks", "networks")
        assert hetzner.requests == sent + 2
    assert len({each["id"] for each in found}) == 60


async def test_the_simulated_outage_is_survived() -> None:
    """Two bad answers in a row cost two pauses and nothing else."""
    cloud = project(faults=[fault(path="/locations", times=2, code="bad_gateway", status=502)])
    async with client(cloud) as hetzner:
        assert await hetzner.list("/locations", "locations")
        assert hetzner.requests == 3
