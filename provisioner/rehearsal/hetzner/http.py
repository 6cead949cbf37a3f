"""The simulated API over HTTP: an ASGI endpoint around the cloud's rules."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote_plus, unquote

import msgspec
from starlette.types import Message, Receive, Scope, Send

from provisioner.rehearsal.hetzner import faults
from provisioner.rehearsal.hetzner.call import JSON, Answer, Call
from provisioner.rehearsal.hetzner.gate import Gate, too_many
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.registry import ROUTES
from provisioner.rehearsal.hetzner.routing import Router, parse_body

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.engine import Engine
    from provisioner.rehearsal.hetzner.requestlog import RequestLog

PREFIX = "/v1"
LARGEST_BODY = 1024 * 1024
_ENCODER = msgspec.json.Encoder()


class Gone(Exception):
    """The caller hung up before the request was complete."""


class Api:
    """Everything below ``/v1``, and the answer to every other path."""

    def __init__(self, engine: Engine, gate: Gate, log: RequestLog) -> None:
        self._engine = engine
        self._cloud = engine.cloud
        self._gate = gate
        self._log = log
        self._router = Router(ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await _read(receive)
        except Gone:
            return
        self._cloud.settle()
        path = _path(scope)
        headers: dict[str, str] = {}
        fault: Fault | None = None
        try:
            route, params = self._router.find(scope["method"], path)
            self._gate.admit(_header(scope, b"authorization"), scope["method"])
            headers |= self._gate.spend()
            if self._gate.exhausted:
                raise too_many()
            fault = faults.take(self._cloud, scope["method"], path, body)
            if fault is not None and fault.do == "answer":
                raise faults.refuse(fault)
            query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            call = Call(scope["method"], path, params, query, parse_body(route, body))
            answer = self._handle(route.handler, call, fault)
        except Refused as refused:
            answer = Answer(refused.envelope, refused.status)
        await self._engine.saved()
        self._engine.wake()
        headers["X-Correlation-Id"] = self._log.add(
            self._cloud.now(), scope["method"], path, answer.status
        )
        await _respond(scope, receive, send, answer, headers, fault)

    def _handle(self, handler: Any, call: Call, fault: Fault | None) -> Answer:
        if fault is not None and fault.do in faults.ON_ACTIONS:
            self._cloud.actions.doom = fault
        try:
            answer: Answer = handler(self._cloud, call)
        finally:
            self._cloud.actions.doom = None
        if call.method != "GET":
            self._cloud.touch()
        if fault is not None:
            faults.after_call(self._cloud, fault)
        return answer


def _path(scope: Scope) -> str:
    """Return the path below ``/v1`` with its segments decoded; anything else leads nowhere."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path: str = unquote(raw.decode("latin-1").split("?")[0].replace("%2F", "%252F"))
    return path[len(PREFIX) :] if path.startswith(f"{PREFIX}/") else "//"


def _header(scope: Scope, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


async def _read(receive: Receive) -> bytes:
    """Return the request's body; what is larger than any real one is cut, and so is no JSON."""
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _links(scope: Scope, payload: JSON | None) -> str | None:
    """Return the ``Link`` header of a list: where its other pages are."""
    pagination = ((payload or {}).get("meta") or {}).get("pagination")
    if pagination is None:
        return None
    host = _header(scope, b"host")
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    links = []
    for rel in ("previous", "next", "last"):
        page = pagination[f"{rel}_page"]
        if page is not None:
            asked = {**query, "page": [str(page)]}
            pairs = "&".join(f"{k}={quote_plus(v)}" for k, vs in asked.items() for v in vs)
            name = "prev" if rel == "previous" else rel
            links.append(f'<http://{host}{scope["path"]}?{pairs}>; rel="{name}"')
    return ", ".join(links)


async def _respond(
    scope: Scope,
    receive: Receive,
    send: Send,
    answer: Answer,
    headers: Mapping[str, str],
    fault: Fault | None,
) -> None:
    if fault is not None and fault.do in ("reset", "hang"):
        await _hang_up(scope, receive, wait=fault.do == "hang")
        return
    plain = fault is not None and fault.do == "answer" and not fault.json
    body = b"" if answer.payload is None else _ENCODER.encode(answer.payload)
    if plain and fault is not None:
        body = fault.message.encode()
    every = [(b"content-length", b"%d" % len(body))]
    if body:
        every.append((b"content-type", b"text/plain" if plain else b"application/json"))
    if link := _links(scope, answer.payload):
        every.append((b"link", link.encode("latin-1", "replace")))
    every += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    start: Message = {"type": "http.response.start", "status": answer.status, "headers": every}
    await send(start)
    if fault is not None and fault.do == "half":
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _hang_up(scope, receive, wait=False)
        return
    await send({"type": "http.response.body", "body": body})


async def _hang_up(scope: Scope, receive: Receive, *, wait: bool) -> None:
    """End the connection without a (complete) answer; first wait for the caller to give up."""
    transport = scope.get("state", {}).get("transport")
    if not wait and transport is not None:
        await asyncio.sleep(0)
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
