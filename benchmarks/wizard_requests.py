"""How often a whole wizard asks Hetzner, with going back and forth, and then a whole solo run.

The wizard's questions are asked through the application's real backend against the rehearsed cloud.
Then the same Sovereign is rehearsed to its end, and the cloud counts what came from us: OpenTofu's
provider has a name of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.row import Row
from catalyst_tui.backend.engine import EngineBackend, RehearsalOptions
from provisioner.home import Home
from provisioner.rehearsal import close_world
from provisioner.rehearsal.hetzner.control import PREFIX
from provisioner.toolchain import ensure, names

MOST = 25
MOST_WITH_RUN = 40
SPEED = 60
OURS = "catalyst"
TIMES = 3
"""How often the operator goes back and forth through the steps."""


async def measure() -> list[Row]:
    """Return the row of this promise."""
    await ensure(names("rehearsal"))
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder)).create()
        try:
            backend = EngineBackend(home, RehearsalOptions())
            requests, first = await _asked(backend)
            whole = await _rehearsed(home, backend)
        finally:
            await close_world(home)
    return [
        Row(
            what="requests to Hetzner of a whole wizard, back and forth",
            promise=f"<= {MOST}, none twice",
            measured=f"{requests} ({first} when every step was seen once)",
            kept=requests <= MOST and requests == first,
        ),
        Row(
            what="our requests to Hetzner of a whole wizard and solo run",
            promise=f"<= {MOST_WITH_RUN}",
            measured=str(whole),
            kept=whole <= MOST_WITH_RUN,
        ),
    ]


async def _asked(backend: EngineBackend) -> tuple[int, int]:
    """Return how many requests all rounds took, and how many the first one took."""
    draft = await backend.draft("example")
    answers: dict[str, Any] = draft.answers
    fqdn = (await backend.check(answers)).fqdn
    desk = await backend.part_cloud()
    first = 0
    for _ in range(TIMES):
        await backend.name_report(answers)
        await backend.probe_token(fqdn)
        await backend.market(fqdn)
        await backend.estimate(answers)
        await backend.reality(answers)
        await backend.alternatives(answers)
        first = first or desk.requests
    return desk.requests, first


async def _rehearsed(home: Home, backend: EngineBackend) -> int:
    """Rehearse to the end in the same world; return how often we have asked by then."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "catalyst_tui.cli", "rehearse", "--headless"),
        f"--speed={SPEED}",
        env=os.environ | {"CATALYST_HOME": str(home.path)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait():
        raise RuntimeError("the rehearsal failed")
    world = await (await backend.part_runs()).world({})
    fqdn = (await backend.check((await backend.draft("example")).answers)).fqdn
    token = await (await (await backend.part_keys()).ladder(fqdn)).get("hcloud_token")
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(
            world.hetzner.removesuffix("/v1") + f"{PREFIX}/requests",
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
        )
    return sum(each["agent"].startswith(OURS) for each in answer.json()["requests"])
