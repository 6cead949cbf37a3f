"""What OpenTofu's provider was refused is read from its debug log, which is in no file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from provisioner.tofu import traffic as log
from provisioner.tofu.traffic import Asked, Refused, Traffic

HEAD = "2026-01-01T12:00:00.645Z [DEBUG] provider.terraform-provider-hcloud_v1.68.0"
"""Before every line of the provider's older half, and once before what its newer half says."""
ORDER = (
    'POST /v1/{path} HTTP/1.1\r\nAuthorization: REDACTED\r\n\r\n{{"name":"{name}","x":"{x}"}}\n\n'
)
REFUSAL = (
    "HTTP/2.0 429 Too Many Requests\r\n"
    "Date: Thu, 01 Jan 2026 12:00:00 GMT\r\n"
    "Ratelimit-Reset: 1767268808\r\n\r\n"
    '{\n  "error": {\n    "code": "rate_limit_exceeded",\n    "message": "no"\n  }\n}\n\n'
)
LIMITED = Refused(429, "rate_limit_exceeded", 1767268808.0, 1767268800.0)


@pytest.fixture
def traffic() -> Iterator[Traffic]:
    with Traffic() as made:
        yield made


def older(mark: str, said: str) -> str:
    """Return an exchange as the half on the older framework logs it: line by line."""
    lines = [f"--- {mark}:", *said.replace("\r", "").split("\n")[:-1]]
    return "".join(f"{HEAD}: {line}\n" if line else f"{HEAD}\n" for line in lines)


def newer(mark: str, said: str) -> str:
    """Return an exchange as the half on the newer framework logs it: as one entry."""
    return f"{HEAD}: --- {mark}:\n{said}\n: @module=hcloud tf_rpc=ConfigureProvider\n"


def write(traffic: Traffic, text: str) -> None:
    """Write as OpenTofu does, which opens the path it was given to append."""
    file = os.open(traffic.env["TF_LOG_PATH"], os.O_RDWR | os.O_APPEND)
    os.write(file, text.encode())
    os.close(file)


@pytest.mark.parametrize("half", [older, newer])
def test_an_order_and_its_refusal_are_understood_from_either_half(
    traffic: Traffic, half: Callable[[str, str], str]
) -> None:
    """Kind, name and code are told; the same order again is equal, another one is not."""
    orders = [("servers", "cp1", "a"), ("servers", "cp1", "a"), ("servers", "cp1", "b")]
    for path, name, x in orders:
        write(traffic, half("Request", ORDER.format(path=path, name=name, x=x)))
        write(traffic, half("Response", REFUSAL))
    first, no, again, _, other, _ = traffic.rest()
    assert isinstance(first, Asked)
    assert (first.kind, first.name) == ("server", "cp1")
    assert first == again != other
    assert no == LIMITED


def test_an_exchange_that_is_half_written_waits_for_its_end(traffic: Traffic) -> None:
    """Wherever a look falls, nothing is lost and nothing is told twice."""
    whole = older("Response", REFUSAL) + newer("Response", REFUSAL)
    heard: list[Asked | Refused] = []
    for byte in whole:
        write(traffic, byte)
        heard += traffic.heard()
    assert heard == [LIMITED]
    assert list(traffic.rest()) == [LIMITED]
    assert list(traffic.rest()) == []


def test_what_is_granted_or_only_looked_at_is_passed_over(traffic: Traffic) -> None:
    """Successes, looks and actions say nothing; an answer without a body has its status' code."""
    write(traffic, older("Request", "GET /v1/servers?name=x HTTP/1.1\r\n\r\n\n"))
    write(traffic, older("Response", 'HTTP/2.0 200 OK\r\n\r\n{"error":{"code":"no"}}\n\n'))
    write(traffic, older("Request", "POST /v1/servers/7/actions/poweron HTTP/1.1\r\n\r\n{}\n\n"))
    write(traffic, older("Response", "HTTP/1.1 502 Bad Gateway\r\n\r\n<html>\n\n"))
    assert list(traffic.rest()) == [Refused(502, "unavailable", None, None)]


def test_the_log_does_not_grow_with_what_was_read(
    traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is given back, and what comes after it is heard as before."""
    monkeypatch.setattr(log, "_TRIM", 1000)
    for _ in range(20):
        write(traffic, older("Response", REFUSAL))
        list(traffic.heard())
    assert os.fstat(traffic.descriptor).st_size < 2000
    assert list(traffic.rest()) == [LIMITED]
