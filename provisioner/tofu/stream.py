"""What OpenTofu says while it works: its typed messages (``-json-into``), one object a line.

Source: OpenTofu's machine-readable UI, version 1.2. Unknown types and fields are passed over, since
releases may add some; a line that is no message is kept as text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

POLL = 0.1
"""Real seconds between two looks at the file."""
_CHUNK = 1 << 20


class Resource(msgspec.Struct, frozen=True):
    """Which resource a message speaks of."""

    addr: str
    resource_type: str = ""
    resource_name: str = ""
    resource_key: str | int | None = None


class Hook(msgspec.Struct, frozen=True):
    """What happened to a resource."""

    resource: Resource
    action: str = ""
    id_value: str = ""
    elapsed_seconds: float = 0.0


class Diagnostic(msgspec.Struct, frozen=True):
    """An error or a warning."""

    severity: str
    summary: str
    detail: str = ""
    address: str = ""


class Message(msgspec.Struct, frozen=True):
    """One line of the stream."""

    type: str = ""
    message: str = msgspec.field(default="", name="@message")
    at: str = msgspec.field(default="", name="@timestamp")
    hook: Hook | None = None
    diagnostic: Diagnostic | None = None
    outputs: dict[str, Any] | None = None

    @property
    def written(self) -> float | None:
        """When it was written, in seconds since the epoch by the machine's clock, if it says so."""
        try:
            return datetime.fromisoformat(self.at).timestamp()
        except ValueError:
            return None


_DECODE = msgspec.json.Decoder(Message).decode


def parse(line: bytes) -> Message:
    """Return the message in a line; anything else becomes a message without a type."""
    try:
        return _DECODE(line)
    except msgspec.MsgspecError:
        return Message(message=line.decode("utf-8", "replace").strip())


async def follow(path: Path, ended: asyncio.Task[int]) -> AsyncIterator[Message]:
    """Yield messages as the file grows until ``ended`` is done and the file is read."""
    rest = b""
    offset = 0
    while True:
        last = ended.done()
        chunk = await asyncio.to_thread(_read, path, offset)
        offset += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield parse(line)
        if last and not chunk:
            if rest.strip():
                yield parse(rest)
            return
        if not chunk:
            await asyncio.wait({ended}, timeout=POLL)


def _read(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(_CHUNK)
