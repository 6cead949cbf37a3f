"""From an event's commit to the hands of several followers of the same journal."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.row import Row
from provisioner.clock import Clock
from provisioner.events import Remarked
from provisioner.journal import Journal, follow

FQDN = "oman.omani.works"
FOLLOWERS = 5
EVENTS = 100
APART = 0.03
"""Seconds between two events, which falls anywhere between two looks of a follower."""
PROMISE = 0.1


async def measure() -> list[Row]:
    """Return the row of this promise."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "journal.db"
        journal = Journal(path, FQDN, Clock())
        committed: dict[int, float] = {}
        delays: list[float] = []
        viewers = [asyncio.create_task(_follow(path, committed, delays)) for _ in range(FOLLOWERS)]
        for _ in range(EVENTS):
            await asyncio.sleep(APART)
            (recorded,) = await asyncio.to_thread(
                journal.append, [Remarked(source="benchmark", text="x")]
            )
            committed[recorded.seq] = time.monotonic()
        await asyncio.gather(*viewers)
        journal.close()
    p95 = statistics.quantiles(delays, n=20)[-1]
    what = f"an event to {FOLLOWERS} followers, p95"
    return [Row(what, f"<= {PROMISE * 1000:.0f} ms", f"{p95 * 1000:.0f} ms", p95 <= PROMISE)]


async def _follow(path: Path, committed: dict[int, float], delays: list[float]) -> None:
    async for batch in follow(path, FQDN):
        now = time.monotonic()
        # One that is seen before its writer could note the time took no time.
        delays += [max(0.0, now - committed.get(each.seq, now)) for each in batch]
        if batch and batch[-1].seq == EVENTS:
            return
