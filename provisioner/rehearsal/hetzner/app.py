"""The simulated cloud as an application: the API, the control API, and the work in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from provisioner.rehearsal.hetzner.cloud import Cloud
from provisioner.rehearsal.hetzner.control import Control
from provisioner.rehearsal.hetzner.engine import Engine
from provisioner.rehearsal.hetzner.gate import Access, Gate
from provisioner.rehearsal.hetzner.hooks import Hooks
from provisioner.rehearsal.hetzner.http import Api, Witness
from provisioner.rehearsal.hetzner.requestlog import RequestLog


def create_app(
    cloud: Cloud,
    tokens: Mapping[str, Access],
    *,
    hooks: Hooks | None = None,
    witness: Witness | None = None,
) -> Starlette:
    """Return the application around a cloud.

    ``tokens`` maps the SHA-256 of each token (see gate.digest) to what it may do, and may change
    while the application runs. The cloud lives while the application's lifespan does; it is saved
    whenever it changes. A witness sees every request to the API and its answer, as a test
    does that holds them to a schema.
    """
    engine = Engine(cloud, hooks)
    gate, log = Gate(cloud, tokens), RequestLog()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        background = asyncio.create_task(engine.run(), name="simulated cloud")
        try:
            yield
        finally:
            background.cancel()
            with suppress(asyncio.CancelledError):
                await background
            await engine.saved()

    routes: list[Route | Mount] = [
        *Control(engine, gate, log).routes(),
        Mount("/", app=Api(engine, gate, log, witness)),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
