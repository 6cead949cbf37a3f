"""Writing an answer on the wire, or failing to in the way a fault asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qs, quote_plus

import msgspec
from starlette.types import Message, Receive, Scope, Send

from provisioner.rehearsal.hetzner.call import JSON, Answer
from provisioner.rehearsal.hetzner.model import Fault

_ENCODER = msgspec.json.Encoder()


def encode(answer: Answer) -> bytes:
    """Return an answer's body."""
    return b"" if answer.payload is None else _ENCODER.encode(answer.payload)


def header(scope: Scope, name: bytes) -> str:
    """Return a request's header, or an empty string."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def _links(scope: Scope, payload: JSON | None) -> str | None:
    """Return the ``Link`` header of a list: where its other pages are."""
    pagination = ((payload or {}).get("meta") or {}).get("pagination")
    if pagination is None:
        return None
    host = header(scope, b"host")
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    links = []
    for name in ("previous", "next", "last"):
        page = pagination[f"{name}_page"]
        if page is not None:
            asked = {**query, "page": [str(page)]}
            pairs = "&".join(
                f"{quote_plus(key)}={quote_plus(value)}"
                for key, values in asked.items()
                for value in values
            )
            rel = "prev" if name == "previous" else name
            links.append(f'<http://{host}{scope["path"]}?{pairs}>; rel="{rel}"')
    return ", ".join(links)


async def respond(
    scope: Scope,
    receive: Receive,
    send: Send,
    answer: Answer,
    body: bytes,
    headers: Mapping[str, str],
    fault: Fault | None,
) -> None:
    """Send an answer; a fault may cut it, or leave it out."""
    if fault is not None and fault.do in ("reset", "hang"):
        await _hang_up(scope, receive, wait=fault.do == "hang")
        return
    kind = "application/json"
    if fault is not None and fault.do == "answer" and not fault.json:
        kind, body = "text/plain", fault.message.encode()
    await send(_start(scope, answer, kind, body, headers))
    if fault is not None and fault.do == "half":
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _hang_up(scope, receive, wait=False)
        return
    await send({"type": "http.response.body", "body": body})


def _start(
    scope: Scope, answer: Answer, kind: str, body: bytes, headers: Mapping[str, str]
) -> Message:
    every = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if answer.status != 204:
        every.append((b"content-length", b"%d" % len(body)))
    if body:
        every.append((b"content-type", kind.encode()))
    if link := _links(scope, answer.payload):
        every.append((b"link", link.encode("latin-1", "replace")))
    return {"type": "http.response.start", "status": answer.status, "headers": every}


async def _hang_up(scope: Scope, receive: Receive, *, wait: bool) -> None:
    """End the connection without a (complete) answer; or wait for the caller to give up."""
    transport = scope.get("state", {}).get("transport")
    if not wait and transport is not None:
        await asyncio.sleep(0)
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
