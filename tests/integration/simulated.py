"""The simulated cloud on a port, every exchange held to the schema, for clients that block."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, Store, create_app, digest
from provisioner.rehearsal.hetzner.http import Seen
from provisioner.rehearsal.hetzner.serving import serving
from tests.hetzner_schema import check

TOKEN = "t" * 64


@dataclass
class Simulated:
    """A served cloud, and what its control API says."""

    endpoint: str
    control: str
    breaches: list[str] = field(default_factory=list)
    """Requests and answers that were not of the promised shape."""

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control API."""
        return self._ask(method, f"{self.control}{path}", body)

    def api(self, path: str) -> Any:
        """Look at something with the API itself."""
        return self._ask("GET", f"{self.endpoint}{path}")

    def _ask(self, method: str, url: str, body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {TOKEN}"}
        answer = httpx2.request(method, url, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def witness(self, seen: Seen) -> None:
        """Note a request or an answer that breaks the schema."""
        try:
            check(seen)
        except (AssertionError, KeyError, ValueError) as error:
            self.breaches.append(f"{seen.method} {seen.route} {seen.sent!r} {seen.status}: {error}")


@contextmanager
def simulated(
    *, speed: float = 60, settings: Settings | None = None, store: Store | None = None
) -> Iterator[Simulated]:
    """Serve a fresh cloud, or the stored one; fail in the end if anything broke the schema."""
    seen = Simulated("", "")
    cloud = Cloud(Clock(speed, time.time()), store=store, settings=settings)
    app = create_app(cloud, {digest(TOKEN): "write"}, witness=seen.witness)
    with serving(app) as at:
        seen.endpoint, seen.control = at.endpoint, at.control
        yield seen
    assert not seen.breaches, "\n".join(seen.breaches)
