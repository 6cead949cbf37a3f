"""The simulated cloud on a port, every answer held to the schema, for clients that block."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, Store, create_app, digest
from provisioner.rehearsal.hetzner.serving import serving
from tests.hetzner_schema import check

TOKEN = "t" * 64


@dataclass
class Simulated:
    """A served cloud, and what its control API says."""

    endpoint: str
    control: str
    breaches: list[str] = field(default_factory=list)
    """Answers that were not of the promised shape."""

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control API."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        answer = httpx2.request(method, f"{self.control}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def witness(self, method: str, route: str, status: int, body: bytes) -> None:
        """Note an answer that breaks the schema."""
        try:
            check(method, route, status, body)
        except (AssertionError, KeyError, ValueError) as error:
            self.breaches.append(f"{method} {route} {status}: {error}")


@contextmanager
def simulated(
    *, speed: float = 60, settings: Settings | None = None, store: Store | None = None
) -> Iterator[Simulated]:
    """Serve a fresh cloud, or the stored one; fail in the end if an answer broke the schema."""
    seen = Simulated("", "")
    cloud = Cloud(Clock(speed, time.time()), store=store, settings=settings)
    app = create_app(cloud, {digest(TOKEN): "write"}, witness=seen.witness)
    with serving(app) as at:
        seen.endpoint, seen.control = at.endpoint, at.control
        yield seen
    assert seen.breaches == []
