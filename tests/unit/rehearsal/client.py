"""A caller of the simulated API that needs no socket, and a clock that moves only when told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, create_app, digest
from provisioner.rehearsal.hetzner.gate import Access
from provisioner.rehearsal.hetzner.http import Seen, Witness
from tests.hetzner_schema import check
from tests.unit.rehearsal.signing import self_signed

TOKEN = "t" * 64
READER = "r" * 64
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me"
CERTIFICATE, CERTIFICATE_KEY = self_signed("a.example.org")
START = 1_800_000_000.0


@dataclass(frozen=True)
class StillClock(Clock):
    """Time that a test moves by hand."""

    moment: list[float] = field(default_factory=lambda: [START])

    def now(self) -> datetime:
        """Return the moment that was set."""
        return datetime.fromtimestamp(self.moment[0], UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.moment[0] += seconds


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The error's code, or an empty string."""
        return str(self.json["error"]["code"]) if self.status >= 400 else ""

    @property
    def fields(self) -> list[str]:
        """The fields that an invalid_input names."""
        return [entry["name"] for entry in self.json["error"]["details"]["fields"]]


def _judge(seen: Seen) -> None:
    """Hold an exchange to the schema; a test may send more than the API reads."""
    check(seen, closed=False)


class Caller:
    """Talks to the application of one cloud; every exchange is held to the schema."""

    def __init__(self, cloud: Cloud, clock: StillClock, witness: Witness | None = None) -> None:
        self.cloud = cloud
        self.clock = clock
        tokens: dict[str, Access] = {digest(TOKEN): "write", digest(READER): "read"}
        self._app = create_app(cloud, tokens, witness=witness or _judge)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = TOKEN,
        raw: bytes | None = None,
        root: str = "/v1",
    ) -> Reply:
        """Make one request and return its answer."""
        target, _, query = path.partition("?")
        target = f"{root}{target}"
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        headers = [(b"host", b"sim.test")]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode()))
        scope = {
            "type": "http",
            "method": method,
            "path": target,
            "raw_path": quote(target, safe="/%*@").encode(),
            "query_string": quote(query, safe="=&,()!%").encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }
        return await self._exchange(scope, sent)

    async def _exchange(self, scope: dict[str, Any], sent: bytes) -> Reply:
        messages: list[Any] = []
        waiting = [{"type": "http.request", "body": sent, "more_body": False}]

        async def receive() -> Any:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        start: dict[str, Any] = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        headers = {key.decode(): value.decode() for key, value in start["headers"]}
        return Reply(start["status"], headers, body)

    async def get(self, path: str) -> Any:
        """Return the body of a GET that must succeed."""
        reply = await self.call("GET", path)
        assert reply.status == 200, reply.raw
        return reply.json

    async def post(self, path: str, body: Any = None) -> Any:
        """Return the body of a POST that must succeed."""
        reply = await self.call("POST", path, body)
        assert reply.status in (200, 201), reply.raw
        return reply.json

    async def refused(self, method: str, path: str, body: Any = None) -> str:
        """Return the code with which a request is refused."""
        return (await self.call(method, path, body)).code

    async def settle(self, seconds: float = 600) -> None:
        """Let so much time pass that everything that was begun ends."""
        self.clock.advance(seconds)
        self.cloud.settle()

    # --- what many tests need ---------------------------------------------------------------------

    async def network(self, name: str = "net") -> int:
        """Return a network with one subnet."""
        subnet = {"type": "cloud", "network_zone": "eu-central", "ip_range": "10.0.1.0/24"}
        body = {"name": name, "ip_range": "10.0.0.0/16", "subnets": [subnet]}
        return int((await self.post("/networks", body))["network"]["id"])

    async def server(self, name: str = "web", **more: Any) -> int:
        """Return a server that runs."""
        body = {"name": name, "server_type": "cx23", "image": "ubuntu-24.04", **more}
        made = await self.post("/servers", body)
        await self.settle()
        return int(made["server"]["id"])

    async def balancer(self, name: str = "lb", **more: Any) -> int:
        """Return a load balancer that works."""
        body = {"name": name, "load_balancer_type": "lb11", "location": "fsn1", **more}
        made = await self.post("/load_balancers", body)
        await self.settle()
        return int(made["load_balancer"]["id"])


def fresh(witness: Witness | None = None, **settings: Any) -> Caller:
    """Return a caller of a new cloud; a witness sees its exchanges instead of the schema."""
    clock = StillClock()
    return Caller(Cloud(clock, settings=msgspec.convert(settings, Settings)), clock, witness)
