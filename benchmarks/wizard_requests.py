"""How often a whole wizard asks Hetzner, with going back and forth, and its planning run as well.

The wizard's own questions are asked through the application's real backend against the rehearsed
cloud, which counts what reaches it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from catalyst_tui.backend.engine import EngineBackend, RehearsalOptions
from provisioner.home import Home
from provisioner.rehearsal import close_world
from provisioner.toolchain import ensure, names

MOST = 25
TIMES = 3
"""How often the operator goes back and forth through the steps."""


async def measure() -> list[Row]:
    """Return the row of this promise."""
    await ensure(names("rehearsal"))
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder)).create()
        try:
            requests, first = await _asked(EngineBackend(home, RehearsalOptions()))
        finally:
            await close_world(home)
    return [
        Row(
            what="requests to Hetzner of a whole wizard, back and forth",
            promise=f"<= {MOST}, none twice",
            measured=f"{requests} ({first} when every step was seen once)",
            kept=requests <= MOST and requests == first,
        )
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
