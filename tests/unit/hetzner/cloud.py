"""A simulated project inside the test's process, and a client of it: no socket anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx2
from pydantic import SecretStr

from provisioner.events import Event
from provisioner.hetzner.client import Hetzner
from provisioner.rehearsal.hetzner import Cloud, Fault, Settings, create_app, digest
from provisioner.world import World

TOKEN = "a" * 64
READ_ONLY = "r" * 64
FAST = World(
    name="rehearsal", hetzner="http://127.0.0.1/v1", speed=500.0, origin=float(int(time.time()))
)
"""A clock that runs so fast that no test waits long for a pause."""


def project(**settings: Any) -> Cloud:
    """Return an empty project in which actions are done when they are asked for."""
    return Cloud(FAST.clock, settings=Settings(scale=0, **settings))


def client(
    cloud: Cloud, token: str = TOKEN, emit: Callable[[Event], None] | None = None
) -> Hetzner:
    """Return a client of the project; ``READ_ONLY`` is a token that may only read."""
    app = create_app(cloud, {digest(TOKEN): "write", digest(READ_ONLY): "read"})
    return Hetzner(
        FAST, SecretStr(token), emit or (lambda _: None), transport=httpx2.ASGITransport(app)
    )


def scripted(
    answer: Callable[[httpx2.Request], httpx2.Response],
    emit: Callable[[Event], None] | None = None,
) -> Hetzner:
    """Return a client whose every request the function answers."""
    return Hetzner(
        FAST,
        SecretStr(TOKEN),
        emit or (lambda _: None),
        transport=httpx2.MockTransport(answer),
    )


def fault(**what: Any) -> Fault:
    """Return one misbehaviour of the cloud."""
    return Fault(**what)
