"""What OpenTofu says becomes events, and its errors find their remedy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from provisioner.clock import Clock
from provisioner.events import Remarked, ResourceFailed, ResourceFinished, ResourceStarted
from provisioner.facts import Change
from provisioner.remedies import explain
from provisioner.tofu.failures import classify
from provisioner.tofu.stream import Message, follow, parse
from provisioner.tofu.translate import Translator
from tests.unit.builders import FQDN

SERVER = 'hcloud_server.node["cp1"]'
HOOK = (
    '{"@level":"info","@message":"m","type":"%s","hook":{"resource":{"addr":'
    '"hcloud_server.node[\\"cp1\\"]","resource_type":"hcloud_server","resource_name":"node",'
    '"resource_key":"cp1"},"action":"%s","id_key":"id","id_value":"7","elapsed_seconds":3}}'
)
CHANGES = {SERVER: Change(address=SERVER, kind="server", name="catalyst-oman-cp1", action="create")}


class FakeClock(Clock):
    """A clock that is three seconds later each time it is asked."""

    asked = 0

    def monotonic(self) -> float:
        """Return the next moment."""
        object.__setattr__(self, "asked", self.asked + 1)
        return 3.0 * self.asked


def _hook(kind: str, action: str = "create") -> Message:
    return parse((HOOK % (kind, action)).encode())


UNREACHABLE = "hetzner_unreachable"


def test_a_resource_is_named_as_the_plan_named_it() -> None:
    """Start and end carry kind and name that an operator knows, not an address alone."""
    translator = Translator(CHANGES, FakeClock(), FQDN)
    started = list(translator.events(_hook("apply_start")))
    ended = list(translator.events(_hook("apply_complete")))
    assert started == [
        ResourceStarted(address=SERVER, kind="server", name="catalyst-oman-cp1", action="create")
    ]
    assert ended == [
        ResourceFinished(
            address=SERVER,
            kind="server",
            name="catalyst-oman-cp1",
            action="create",
            id="7",
            seconds=3,
        )
    ]


@pytest.mark.parametrize(("stamp", "seconds"), [("07.25+00:00", 2.5), ("06.5Z", 0.0)])
def test_a_change_lasts_from_message_to_message(stamp: str, seconds: float) -> None:
    """However late both are read, in the world's time; a clock that was set back tells nothing."""
    translator = Translator(CHANGES, Clock(10), FQDN)
    for kind, at in (("apply_start", "07.000000Z"), ("apply_complete", stamp)):
        line = (HOOK % (kind, "create")).replace("{", f'{{"@timestamp":"2026-01-01T12:00:{at}",', 1)
        (event,) = translator.events(parse(line.encode()))
    assert isinstance(event, ResourceFinished)
    assert event.seconds == seconds


def test_reads_are_no_changes() -> None:
    """A data source that is read changes nothing and says nothing."""
    assert list(Translator({}, Clock(), FQDN).events(_hook("apply_start", "read"))) == []


def test_an_error_is_joined_with_its_resource() -> None:
    """The text comes from the diagnostic, the resource from its address, the remedy from both."""
    line = (
        '{"type":"diagnostic","diagnostic":{"severity":"error","summary":"error during placement '
        '(resource_unavailable, 8f2a)","detail":"","address":"hcloud_server.node[\\"cp1\\"]"}}'
    )
    translator = Translator(CHANGES, FakeClock(), FQDN)
    (failed,) = translator.events(parse(line.encode()))
    assert isinstance(failed, ResourceFailed)
    assert failed.code == "hetzner_resource_unavailable"
    assert failed.name == "catalyst-oman-cp1"
    assert translator.errors[0][0] == "hetzner_resource_unavailable"


def test_an_error_without_a_resource_is_still_said() -> None:
    """Nothing that OpenTofu complains about is swallowed."""
    line = b'{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Odd","detail":"x"}}'
    (said,) = Translator({}, Clock(), FQDN).events(parse(line))
    assert isinstance(said, Remarked)
    assert said.level == "error"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the token you have provided is invalid (unauthorized, 1a)", "hetzner_unauthorized"),
        ("token is only allowed to read (token_readonly)", "hetzner_token_readonly"),
        ("no capacity (resource_unavailable, 00ff)", "hetzner_resource_unavailable"),
        ("server limit reached (resource_limit_exceeded)", "hetzner_resource_limit_exceeded"),
        ("limit of 3600 reached (rate_limit_exceeded)", "hetzner_rate_limit_exceeded"),
        ("Error acquiring the state lock", "tofu_state_locked"),
        ('Post "http://a:1/v1/x": read tcp 1:2->3:4: connection reset by peer', UNREACHABLE),
        ('API request failed\nPost "http://a:1/v1/ssh_keys": EOF', UNREACHABLE),
        ("error: unexpected EOF", UNREACHABLE),
        ("dial tcp: lookup api.hetzner.cloud: no such host", UNREACHABLE),
        ("something new under the sun", "tofu_error"),
    ],
)
def test_the_commonest_errors_are_known(text: str, code: str) -> None:
    """Each of the failures that people meet most finds its own remedy."""
    found, facts = classify(text)
    assert found == code
    assert facts["reason"]


def test_a_line_that_is_no_message_is_kept_as_text() -> None:
    """Raw text, a crash for instance, is not lost."""
    assert parse(b"panic: runtime error\n").message == "panic: runtime error"


async def test_following_reads_half_lines_and_the_end(tmp_path: Path) -> None:
    """Lines written in pieces come out whole, and the last one needs no newline."""
    path = tmp_path / "stream.jsonl"
    path.touch()
    whole = (HOOK % ("apply_start", "create")).encode()

    async def write() -> int:
        with path.open("ab", buffering=0) as file:
            for piece in (whole[:20], whole[20:] + b"\n" + whole[:5], whole[5:]):
                file.write(piece)
                await asyncio.sleep(0.15)
        return 0

    ended = asyncio.create_task(write())
    found = [message async for message in follow(path, ended)]
    assert [message.type for message in found] == ["apply_start", "apply_start"]


def test_a_lost_connection_is_told_with_its_end_and_its_reason() -> None:
    """What the remedy says has no gaps where the message told."""
    text = (
        'Error\nGet "https://api.hetzner.cloud/v1/x?page=1": dial tcp 1.2.3.4:443: i/o timeout\nand'
    )
    code, facts = classify(text)
    assert code == UNREACHABLE
    assert facts == {
        "endpoint": "https://api.hetzner.cloud",
        "reason": "dial tcp 1.2.3.4:443: i/o timeout",
    }
    assert "?" not in explain(code, facts).what
