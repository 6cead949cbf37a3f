"""Orders to a live world, over HTTP on the cloud's own port, below ``/_world``.

The registrar's API, and the Git host, have paths of their own beside it.

Only who can read the world's record knows the word that opens this.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from provisioner.errors import RehearsalError
from provisioner.rehearsal.domain.dynadot import PATH as REGISTRAR
from provisioner.rehearsal.hosting import http as hosting
from provisioner.rehearsal.hosting.repository import Host
from provisioner.rehearsal.record import Order, Refusal

if TYPE_CHECKING:
    from provisioner.rehearsal.living import LivingWorld

PREFIX = "/_world"
HEADER = "x-catalyst-world"
FORBIDDEN, CONFLICT, UNPROCESSABLE, WRONG_METHOD = 403, 409, 422, 405


class Switchboard:
    """The application of a world: control, registrar, Git host, and else the cloud."""

    def __init__(self, world: LivingWorld, cloud: ASGIApp, registrar: ASGIApp, host: Host) -> None:
        self._world = world
        self._host = host
        self._cloud = cloud
        self._registrar = registrar
        self._ordering = asyncio.Lock()
        self.last_request = time.monotonic()
        """Real time, as time.monotonic has it, of the last request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] == "http":
            self.last_request = time.monotonic()
            if scope["path"] == PREFIX:
                answer = await self._answer(Request(scope, receive))
                await answer(scope, receive, send)
                return
            if scope["path"].startswith(f"{hosting.PREFIX}/"):
                answer = await hosting.answer(self._host, Request(scope, receive))
                await answer(scope, receive, send)
                return
            if scope["path"] == REGISTRAR:
                await self._registrar(scope, receive, send)
                return
        await self._cloud(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        word = request.headers.get(HEADER, "")
        if not secrets.compare_digest(word.encode(), self._world.record.control.encode()):
            return Response(status_code=FORBIDDEN)
        if request.method == "GET":
            return _json(self._world.standing())
        if request.method == "DELETE":
            self._world.end("asked to")
            return _json(self._world.standing())
        if request.method != "POST":
            return Response(status_code=WRONG_METHOD)
        return await self._ordered(await request.body())

    async def _ordered(self, body: bytes) -> Response:
        try:
            order = msgspec.json.decode(body, type=Order)
        except msgspec.MsgspecError as error:
            return Response(str(error), UNPROCESSABLE)
        async with self._ordering:
            try:
                await self._world.obey(order)
            except RehearsalError as refused:
                return _json(Refusal(code=refused.code, facts=refused.facts), CONFLICT)
        return _json(self._world.standing())


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
