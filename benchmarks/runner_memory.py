"""How much memory a runner holds while it has nothing to do but wait."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path

from benchmarks.apply_overhead import find_tools
from benchmarks.row import Row
from provisioner import events as e
from provisioner.attach import cancel
from provisioner.rehearsal.hetzner.model import Fault
from provisioner.run import Consent
from tests.integration.rented import Rented, rented

PROMISE = 60
"""Megabytes (10^6 bytes)."""
_RESIDENT = re.compile(r"VmRSS:\s+(\d+) kB")


async def measure() -> list[Row]:
    """Return the row of this promise: a runner that has planned, applied in vain, and waits."""
    tools = await find_tools()
    with tempfile.TemporaryDirectory() as folder:
        async with rented(Path(folder), tools, speed=1, scale=0) as sovereign:
            megabytes = await _waiting(sovereign)
    return [
        Row(
            what="resident memory of a runner that waits for stock",
            promise=f"<= {PROMISE} MB",
            measured=f"{megabytes:.0f} MB",
            kept=megabytes <= PROMISE,
        )
    ]


async def _waiting(sovereign: Rented) -> float:
    refused = Fault(method="POST", path="/servers", code="resource_unavailable", status=412)
    sovereign.cloud.state.settings.faults.append(refused)
    after = await sovereign.start("apply", Consent(any_price=True, wait_for_stock=True))
    await sovereign.until(
        after, lambda each: isinstance(each, e.WaitStarted) and each.key.startswith("stock")
    )
    status = await asyncio.to_thread(Path(f"/proc/{sovereign.runner.pid}/status").read_text)
    found = _RESIDENT.search(status)
    cancel(sovereign.folder)
    await sovereign.finish(after)
    if found is None:
        raise RuntimeError("the runner tells no memory")
    return int(found[1]) * 1024 / 1e6
