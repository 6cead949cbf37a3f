"""The one redactor: no secret leaves through journal, log, exception, screen or bundle.

It knows the secrets of a run and how each looks when something encodes it: quoted for a URL, in
base64 (at any offset), escaped for JSON, as Python shows it. What it masks it replaces by a mark.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

import msgspec
from pydantic import SecretStr

S = TypeVar("S", bound=msgspec.Struct)

MARK = "[redacted]"
SHORTEST = 6
"""Shorter secrets are not searched for: masking them would blank ordinary words."""
SHORTEST_LINE = 20
"""Lines of a long secret (a private key) that are masked on their own."""


class Redactor:
    """Masks a fixed set of secrets in text, bytes, events and streams of either."""

    def __init__(self, secrets: Iterable[SecretStr]) -> None:
        forms = {form for secret in secrets for form in _forms(secret.get_secret_value())}
        # Longest first, so that a form that contains another is masked whole.
        self._texts = sorted(forms, key=len, reverse=True)
        self._bytes = [form.encode() for form in self._texts]
        self._any_text = re.compile("|".join(map(re.escape, self._texts)) or r"(?!)")
        self._any_bytes = re.compile(b"|".join(map(re.escape, self._bytes)) or rb"(?!)")

    def __repr__(self) -> str:
        return f"Redactor({len(self._texts)} forms)"

    def text(self, value: str) -> str:
        """Return ``value`` with every secret masked."""
        if not any(form in value for form in self._texts):
            return value
        return self._any_text.sub(MARK, value)

    def data(self, value: bytes) -> bytes:
        """Return UTF-8 bytes with every secret masked."""
        if not any(form in value for form in self._bytes):
            return value
        return self._any_bytes.sub(MARK.encode(), value)

    def builtins(self, value: Any) -> Any:
        """Return nested plain values with every secret masked, in keys too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.builtins(key): self.builtins(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.builtins(inner) for inner in value]
        return value

    def struct(self, value: S) -> S:
        """Return an event or fact with every secret masked."""
        # Looking at the encoded form first keeps the common case, nothing to mask, cheap.
        encoded = msgspec.json.encode(value)
        if not any(form in encoded for form in self._bytes):
            return value
        return msgspec.convert(self.builtins(msgspec.to_builtins(value)), type(value))

    def stream(self) -> RedactedStream:
        """Return a masker for one stream of bytes that arrives in pieces."""
        return RedactedStream(self, self._bytes)


_GUARDS: list[Redactor] = []
"""What guards this process, by the secrets that it came to know."""


def masked(text: str) -> str:
    """Return a text without the secrets that this process is guarded against (guard_process)."""
    for guard in _GUARDS:
        text = guard.text(text)
    return text


class RedactedStream:
    """Masks secrets in a stream, also those that are split over two pieces."""

    def __init__(self, redactor: Redactor, forms: list[bytes]) -> None:
        self._redactor = redactor
        self._forms = forms
        self._longest = len(forms[0]) if forms else 0
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """Return what can be shown by now; what may be the beginning of a secret is held back."""
        masked = self._redactor.data(self._held + piece)
        cut = len(masked) - self._undecided(masked)
        self._held = masked[cut:]
        return masked[:cut]

    def finish(self) -> bytes:
        """Return what was held back, once the stream has ended."""
        rest, self._held = self._held, b""
        return rest

    def _undecided(self, data: bytes) -> int:
        """Return the length of the longest end of ``data`` with which a secret could begin."""
        for length in range(min(self._longest - 1, len(data)), 0, -1):
            end = data[-length:]
            if any(form.startswith(end) for form in self._forms):
                return length
        return 0


class RedactingFilter(logging.Filter):
    """Masks secrets in log records: message, exception and stack."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place and let it pass."""
        record.msg, record.args = self._redactor.text(record.getMessage()), ()
        if record.exc_info:
            said = "".join(traceback.format_exception(*record.exc_info)).rstrip()
            record.exc_text = self._redactor.text(said)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self._redactor.text(record.stack_info)
        return True


def guard_process(redactor: Redactor) -> None:
    """Mask secrets in this process's uncaught exceptions and in what its root logger handles."""
    _GUARDS.append(redactor)

    def excepthook(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        said = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(redactor.text(said))

    sys.excepthook = excepthook
    guard = RedactingFilter(redactor)
    # On handlers, because a logger's own filters do not see the records of its children.
    handlers = logging.getLogger().handlers
    for handler in handlers or filter(None, [logging.lastResort]):
        handler.addFilter(guard)


def _forms(secret: str) -> set[str]:
    """Return a secret and its common encodings, without those too short to search for."""
    lines = [line.strip() for line in secret.splitlines()]
    whole = {secret, secret.strip(), *(line for line in lines if len(line) >= SHORTEST_LINE)}
    if len(lines) == 1:
        # ``user:password`` is one secret, and its password another.
        whole.add(secret.strip().partition(":")[2])
    forms = {form for value in whole if len(value) >= SHORTEST for form in _encodings(value)}
    return {form for form in forms if len(form) >= SHORTEST}


def _encodings(value: str) -> set[str]:
    raw = value.encode()
    return {
        value,
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        raw.hex(),
        *_base64(raw, base64.b64encode),
        *_base64(raw, base64.urlsafe_b64encode),
    }


def _base64(raw: bytes, encode: Any) -> set[str]:
    """Return what base64 makes of ``raw`` at each of the three offsets, edges left out.

    The characters at either edge also depend on the neighbours, so only those between are searched.
    """
    forms = set()
    for offset in range(3):
        encoded = encode(b"\0" * offset + raw).decode()
        first = -(-offset * 8 // 6)
        last = (offset + len(raw)) * 8 // 6
        forms.add(encoded[first:last])
    return forms
