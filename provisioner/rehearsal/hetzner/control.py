"""The control API under ``/_sim``: what tests and scenarios see and change behind the cloud's back.

It answers loopback only, and only to who knows the control token or a token that may write.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from provisioner.rehearsal.hetzner import faults
from provisioner.rehearsal.hetzner.billing import bill
from provisioner.rehearsal.hetzner.inventory import inventory
from provisioner.rehearsal.hetzner.model import Fault, Settings
from provisioner.rehearsal.hetzner.plausible import check_faults, check_kind, check_settings
from provisioner.rehearsal.hetzner.refusal import Refused, invalid

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.engine import Engine
    from provisioner.rehearsal.hetzner.gate import Gate
    from provisioner.rehearsal.hetzner.requestlog import RequestLog

PREFIX = "/_sim"
Endpoint = Callable[[Request], Awaitable[Response]]


class Gone(msgspec.Struct):
    """The body of ``vanish``: which resource somebody else deletes."""

    kind: str
    name: str


def _json(payload: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(payload), status, media_type="application/json")


class Control:
    """The endpoints of the control API."""

    def __init__(self, engine: Engine, gate: Gate, log: RequestLog) -> None:
        self._engine = engine
        self._cloud = engine.cloud
        self._gate = gate
        self._log = log

    def routes(self) -> list[Route]:
        """Return the routes to mount."""
        every: list[tuple[str, str, Endpoint]] = [
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.forget_requests),
            ("GET", "/inventory", self.inventory),
            ("GET", "/bill", self.bill),
            ("GET", "/settings", self.settings),
            ("PUT", "/settings", self.change_settings),
            ("POST", "/faults", self.add_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/vanish", self.vanish),
        ]
        return [
            Route(f"{PREFIX}{path}", self._guarded(endpoint), methods=[method])
            for method, path, endpoint in every
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                if request.client and not ip_address(request.client.host).is_loopback:
                    raise Refused("forbidden", "the control API answers loopback only", None)
                self._gate.admit(request.headers.get("authorization", ""), "POST")
                self._cloud.settle()
                response = await endpoint(request)
            except Refused as refused:
                return _json(refused.envelope, refused.status)
            if request.method != "GET":
                self._cloud.touch()
                await self._engine.saved()
                self._engine.wake()
            return response

        return guarded

    async def requests(self, _request: Request) -> Response:
        """Answer the request log."""
        return _json({"total": self._log.total, "requests": self._log.last()})

    async def forget_requests(self, _request: Request) -> Response:
        """Begin the request log anew."""
        self._log.clear()
        return _json({})

    async def inventory(self, _request: Request) -> Response:
        """Answer everything that is rented, by kind."""
        return _json(inventory(self._cloud))

    async def bill(self, _request: Request) -> Response:
        """Answer what everything has cost so far."""
        return _json(bill(self._cloud))

    async def settings(self, _request: Request) -> Response:
        """Answer what a scenario can decide."""
        return _json(self._cloud.state.settings)

    async def change_settings(self, request: Request) -> Response:
        """Change the settings that the body names; the others stay."""
        now = msgspec.to_builtins(self._cloud.state.settings)
        wanted = await _body(request, dict[str, Any])
        changed = _convert(now | wanted, Settings)
        check_settings(self._cloud.catalogue, changed)
        self._cloud.state.settings = changed
        return _json(changed)

    async def add_faults(self, request: Request) -> Response:
        """Add faults to the plan."""
        plan = self._cloud.state.settings.faults
        added = await _body(request, list[Fault])
        check_faults(self._cloud.catalogue, added)
        plan.extend(added)
        return _json(plan, 201)

    async def clear_faults(self, _request: Request) -> Response:
        """Let everything go well again; what was decided for running actions stays."""
        self._cloud.state.settings.faults.clear()
        return _json({})

    async def vanish(self, request: Request) -> Response:
        """Delete a resource behind everybody's back."""
        gone = await _body(request, Gone)
        check_kind("kind", gone.kind)
        return _json({"found": faults.vanish(self._cloud, gone.kind, gone.name)})


async def _body(request: Request, shape: Any) -> Any:
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except msgspec.DecodeError as error:
        raise invalid("body", str(error)) from error


def _convert(plain: Any, shape: Any) -> Any:
    try:
        return msgspec.convert(plain, shape)
    except msgspec.ValidationError as error:
        raise invalid("body", str(error)) from error
