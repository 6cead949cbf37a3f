"""What OpenTofu's provider asks of the Hetzner API, and what it is refused, while it works.

The provider asks again by itself and says nothing of it, so a rate limit looks like a slow machine.
Its debug log holds every exchange, also what a machine is told at its first boot: so the log is
memory that never has a name in a file system, and only what this module returns leaves it. It is
no pipe, since OpenTofu must go on writing when its runner was killed.

Source: hcloud-go's debug handler, which writes ``--- Request:`` and ``--- Response:`` with the
exchange as on the wire, the token left out; OpenTofu's documentation on TF_LOG, which has ``OFF``
for itself outweighed by TF_LOG_PROVIDER for its providers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple, Self

import httpx2

from provisioner.hetzner.refusals import answered_at, code_of_status, reset_at

MOST_RETRIES = 5
"""How often hcloud-go asks again before it gives up."""
_CHUNK = 1 << 20
_TRIM = 4 << 20
"""Bytes that were read already before the log is emptied."""
_HEAD = re.compile(rb"^\S+ \[[A-Z]+\] +provider\S* ?", re.MULTILINE)
"""What OpenTofu puts before the lines of one half of the provider; the other half's have none."""
_MARK = re.compile(rb"--- (Request|Response):\n")
_ASKED = re.compile(rb"POST \S*/v1/(\w+) HTTP/")
"""The request that makes something; ``server_types`` and actions are asked for in other ways."""
_NAMED = re.compile(rb'\{"name":"([^"\\]+)"')
"""hcloud-go writes the name first, and a body of more than 64 KiB comes in pieces."""
_ANSWERED = re.compile(rb"HTTP/\S+ (\d{3})\b")
_CODE = re.compile(rb'"error":\s*\{[^{}]*?"code":\s*"(\w+)"')


class Asked(NamedTuple):
    """The provider asked that something be made."""

    kind: str
    """As in the module's addresses, without the prefix: ``load_balancer``."""
    name: str
    body: bytes
    """Digest of all that was asked: the same again is another attempt."""


class Refused(NamedTuple):
    """The API said no, to whatever request."""

    status: int
    code: str
    """The API's own, or the one that stands for the status."""
    reset: float | None
    """Unix time at which the project has its whole budget again, where the answer says so."""
    at: float | None
    """Unix time of the answer by Hetzner's clock, where the answer says so."""


class Traffic:
    """The debug log of one OpenTofu; a context manager."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("traffic")
        """What OpenTofu inherits; only processes of this user that have it can read it."""
        self._read = 0
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    @property
    def env(self) -> Mapping[str, str]:
        """What makes OpenTofu's providers, and them alone, write their debug log here."""
        return {
            "TF_LOG": "OFF",
            "TF_LOG_PROVIDER": "DEBUG",
            "TF_LOG_PATH": f"/proc/self/fd/{self.descriptor}",
        }

    def heard(self) -> Iterator[Asked | Refused]:
        """Yield what was said since the last look; the newest exchange once nothing follows it."""
        before = self._read
        while chunk := os.pread(self.descriptor, _CHUNK, self._read):
            self._read += len(chunk)
            *whole, self._rest = _exchanges(self._rest + chunk.replace(b"\r", b""))
            yield from _understood(whole)
        if self._read == before:
            yield from _understood([self._rest])
            self._rest = b""
        if self._read > _TRIM:
            # What is written between the look and this is lost: a word less, and never a request.
            os.ftruncate(self.descriptor, 0)
            self._read = 0

    def rest(self) -> Iterator[Asked | Refused]:
        """Yield all that is left, once OpenTofu has ended."""
        yield from self.heard()
        yield from self.heard()


def _exchanges(text: bytes) -> list[bytes]:
    """Return the parts of a log, each from its mark to the next."""
    starts = [mark.start() for mark in _MARK.finditer(text)]
    return [text[a:b] for a, b in zip([0, *starts], [*starts, len(text)], strict=True)]


def _understood(exchanges: list[bytes]) -> Iterator[Asked | Refused]:
    for each in exchanges:
        mark, _, said = _HEAD.sub(b"", each).partition(b"\n")
        understand = _refused if mark.startswith(b"--- Response") else _asked
        if (heard := understand(said)) is not None:
            yield heard


def _asked(request: bytes) -> Asked | None:
    line = _ASKED.match(request)
    body = request.partition(b"\n\n")[2].partition(b"\n")[0]
    named = _NAMED.match(body)
    if line is None or named is None:
        return None
    kind = line[1].decode().removesuffix("s")
    return Asked(kind, named[1].decode("utf-8", "replace"), sha256(body).digest())


def _refused(answer: bytes) -> Refused | None:
    line = _ANSWERED.match(answer)
    if line is None or (status := int(line[1])) < 400:
        return None
    head, _, body = answer.partition(b"\n\n")
    fields = (each.partition(b":") for each in head.splitlines()[1:])
    headers = httpx2.Headers([(name.strip(), value.strip()) for name, _, value in fields])
    code = _CODE.search(body)
    said = code[1].decode() if code else code_of_status(status)
    return Refused(status, said, reset_at(headers), answered_at(headers))
