"""The simulated API over HTTP: an ASGI endpoint around the cloud's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from starlette.types import Receive, Scope, Send

from provisioner.errors import RehearsalError
from provisioner.rehearsal.hetzner import faults
from provisioner.rehearsal.hetzner.call import Answer, Call, Route
from provisioner.rehearsal.hetzner.gate import Gate, too_many
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.rehearsal.hetzner.refusal import Refused
from provisioner.rehearsal.hetzner.registry import ROUTES
from provisioner.rehearsal.hetzner.reply import encode, header, respond
from provisioner.rehearsal.hetzner.routing import Router, parse_body

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.engine import Engine
    from provisioner.rehearsal.hetzner.requestlog import RequestLog

PREFIX = "/v1/"
LARGEST_BODY = 1024 * 1024


@dataclass(frozen=True)
class Seen:
    """One request and its answer, as a witness sees them."""

    method: str
    route: str
    """The pattern of the path below ``/v1``; empty where no route was found."""
    sent: bytes
    status: int
    answered: bytes
    planned: bool = False
    """Whether a fault gave the answer, which may then break every rule."""


Witness = Callable[[Seen], None]


class Gone(Exception):
    """The caller hung up before the request was complete."""


@dataclass
class Exchange:
    """What is known of one request while it is answered."""

    method: str
    path: str
    """Below ``/v1``; empty for any other path."""
    route: Route | None = None
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None


class Api:
    """Everything below ``/v1``, and the answer to every other path."""

    def __init__(
        self, engine: Engine, gate: Gate, log: RequestLog, witness: Witness | None = None
    ) -> None:
        self._engine = engine
        self._cloud = engine.cloud
        self._gate = gate
        self._log = log
        self._witness = witness
        self._router = Router(ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await _read(receive)
        except Gone:
            return
        before = self._cloud.changes
        self._cloud.settle()
        exchange = Exchange(scope["method"], _path(scope))
        try:
            answer = self._answer(exchange, scope, body)
            await self._engine.saved()
        except Refused as refused:
            answer = Answer(refused.envelope, refused.status)
        except RehearsalError as error:
            answer = Answer(Refused("unavailable", str(error)).envelope, 503)
        if self._cloud.changes != before:
            self._engine.wake()
        agent = header(scope, b"user-agent")
        exchange.headers["X-Correlation-Id"] = self._log.add(
            self._cloud.now(), exchange.method, exchange.path, answer.status, agent
        )
        raw = encode(answer)
        if self._witness is not None:
            route = exchange.route.path if exchange.route else ""
            planned = exchange.fault is not None and exchange.fault.do == "answer"
            self._witness(Seen(exchange.method, route, body, answer.status, raw, planned))
        await respond(scope, receive, send, answer, raw, exchange.headers, exchange.fault)

    def _answer(self, exchange: Exchange, scope: Scope, body: bytes) -> Answer:
        """Pass the gate, meet the fault plan, and let the cloud answer; raises Refused."""
        route, params = self._router.find(exchange.method, exchange.path)
        exchange.route = route
        self._gate.admit(header(scope, b"authorization"), exchange.method)
        exchange.headers |= self._gate.spend()
        if self._gate.exhausted:
            raise too_many()
        exchange.fault = faults.take(self._cloud, exchange.method, exchange.path, body)
        if exchange.fault is not None and exchange.fault.do == "answer":
            raise faults.refuse(exchange.fault)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        call = Call(
            exchange.method,
            exchange.path,
            tuple(unquote(param) for param in params),
            query,
            parse_body(route, body),
        )
        return self._handle(route, call, exchange.fault)

    def _handle(self, route: Route, call: Call, fault: Fault | None) -> Answer:
        if fault is not None and fault.do in faults.ON_ACTIONS:
            self._cloud.actions.doom = fault
        try:
            answer = route.handler(self._cloud, call)
        finally:
            self._cloud.actions.doom = None
        if call.method != "GET":
            self._cloud.touch()
        if fault is not None:
            faults.after_call(self._cloud, fault)
        return answer


def _path(scope: Scope) -> str:
    """Return the path below ``/v1``, its segments as they were sent; empty for any other path."""
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    path = str(raw).split("?")[0]
    return path[len(PREFIX) - 1 :] if path.startswith(PREFIX) else ""


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
