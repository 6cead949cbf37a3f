"""No secret passes the redactor, however it is encoded or cut into pieces."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from provisioner.events import Remarked
from provisioner.redaction import MARK, RedactingFilter, Redactor

SECRET = 'pa ss/w"rd+ü\\%'
OTHER = "A1b2" * 16
REDACTOR = Redactor([SecretStr(SECRET), SecretStr(OTHER)])
passwords = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_common_encoding_is_masked(form: str) -> None:
    """What something makes of a secret on its way out is masked like the secret."""
    masked = REDACTOR.text(f"before {form} after")
    assert MARK in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert REDACTOR.data(f"before {form} after".encode()) == masked.encode()


def test_the_password_behind_a_user_is_masked_alone() -> None:
    """Git credentials are ``user:password``; what complains of them repeats the second half."""
    redactor = Redactor([SecretStr("catalyst:hunter-two-and-more")])
    assert redactor.text("fatal: hunter-two-and-more, catalyst") == f"fatal: {MARK}, catalyst"


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_secret_inside_base64_is_masked(before: bytes, after: bytes) -> None:
    """A header or a file that holds the secret gives it away at no offset."""
    encoded = base64.b64encode(before + OTHER.encode() + after).decode()
    shown = REDACTOR.text(encoded)
    assert MARK in shown
    # All but the characters at the edges, which also hold bits of what stands beside the secret.
    assert len(encoded) - len(shown.replace(MARK, "")) >= len(OTHER) * 8 // 6 - 2


@given(passwords, st.lists(st.integers(0, 120), max_size=8), st.text(max_size=30))
def test_a_secret_split_over_pieces_is_masked(secret: str, cuts: list[int], noise: str) -> None:
    """Wherever a stream is cut, it ends as if it had come in one piece."""
    redactor = Redactor([SecretStr(secret)])
    data = f"{noise}{secret}x{secret}{noise}".encode()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    stream = redactor.stream()
    shown = b"".join(stream.feed(data[a:b]) for a, b in itertools.pairwise(places))
    shown += stream.finish()
    assert secret.encode() not in shown.replace(MARK.encode(), b"")
    assert redactor.data(shown) == shown


def test_a_stream_holds_back_no_more_than_it_must() -> None:
    """Ordinary lines are shown at once; only a possible beginning waits."""
    stream = REDACTOR.stream()
    assert stream.feed(b"all is well\n") == b"all is well\n"
    assert stream.feed(b"token A1b2A1") == b"token "
    assert stream.feed(b"!") == b"A1b2A1!"


def test_each_long_line_of_a_key_is_masked() -> None:
    """One line of a private key is as secret as the whole."""
    key = "-----BEGIN KEY-----\n" + "\n".join(f"{n}" * 40 for n in range(3)) + "\n-----END-----\n"
    redactor = Redactor([SecretStr(key)])
    assert redactor.text(f"> {'1' * 40} <") == f"> {MARK} <"


def test_events_are_masked_and_stay_events() -> None:
    """A secret in any field of an event is masked; an event without one is passed as it is."""
    safe = Remarked(source="tofu", text="hello")
    assert REDACTOR.struct(safe) is safe
    masked = REDACTOR.struct(Remarked(source="tofu", text=f"see {SECRET}"))
    assert masked == Remarked(source="tofu", text=f"see {MARK}")


def test_log_records_are_masked(caplog: pytest.LogCaptureFixture) -> None:
    """Arguments and exceptions of a record are masked like its message."""
    caplog.handler.addFilter(guard := RedactingFilter(REDACTOR))
    try:
        logging.getLogger("x").warning("with %s", SECRET, exc_info=ValueError(OTHER))
    finally:
        caplog.handler.removeFilter(guard)
    assert "with [redacted]" in caplog.text
    assert SECRET not in caplog.text
    assert OTHER not in caplog.text


def test_a_guarded_process_dies_without_telling() -> None:
    """An uncaught exception and a log line of a whole process show no secret."""
    code = (
        "import logging;from pydantic import SecretStr\n"
        "from provisioner.redaction import Redactor, guard_process\n"
        f"s = {OTHER!r}\n"
        "guard_process(Redactor([SecretStr(s)]))\n"
        "logging.getLogger('a.b').error('logged %s', s)\n"
        "raise ValueError(s)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "logged [redacted]" in ended.stderr
    assert "ValueError: [redacted]" in ended.stderr
    assert OTHER not in ended.stderr


def test_without_secrets_nothing_changes() -> None:
    """A redactor of nothing, or of words too short to be one, is the identity."""
    redactor = Redactor([SecretStr(""), SecretStr("abc")])
    assert redactor.text("abcabc") == "abcabc"
    assert redactor.stream().feed(b"abc") == b"abc"
