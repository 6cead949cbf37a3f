"""The board with 500 releases and 5,000 pods, 100 changes a second, on a real kube-apiserver.

Two processes are measured, as in life: the one that watches the cluster and journals, and the
viewer on a terminal of 80x24. A change that shows is made twice a second: from the answer of the
API until its words have been drawn counts.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks import busy_cluster
from benchmarks.busy_cluster import PODS_EACH, Busy, connected
from benchmarks.row import Row
from benchmarks.sovereign import FQDN, a_home, computed, memory
from benchmarks.sovereign import viewer as opened
from benchmarks.terminal import OnTerminal
from provisioner.home import SovereignFolder
from tests.integration.real_api import RealApi, running

A_SECOND = 100
SECONDS = 40.0
EVERY = 0.5
CPU_PROMISE, LATENCY_PROMISE, WIRE_PROMISE = 0.25, 0.300, 20_000
TITLE = f"of {busy_cluster.RELEASES} healthy"


@dataclass
class Seen:
    """What the terminal drew, and when."""

    count: int = 0
    picture: str = ""


async def measure() -> list[Row]:
    """Return the rows of these promises."""
    from provisioner.toolchain import ensure, names

    tools = {name: tool.path for name, tool in (await ensure(names("rehearsal"))).items()}
    with tempfile.TemporaryDirectory() as name, running(_made(Path(name) / "api"), tools) as api:
        folder = a_home(Path(name) / "home")
        async with connected(api.identity, api.port) as cluster:
            busy = Busy(cluster)
            await busy.fill()
            async with _watching(folder, api) as watcher:
                with opened(folder.path.parent.parent) as terminal:
                    return await _measured(busy, terminal, watcher)


def _made(path: Path) -> Path:
    path.mkdir()
    return path


@asynccontextmanager
async def _watching(folder: SovereignFolder, api: RealApi) -> AsyncIterator[int]:
    """Yield the process that watches the cluster, as a runner does."""
    identity = api.identity
    given = [identity.authority, identity.certificate, identity.key.get_secret_value(), api.port]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.busy_watch", str(folder.path),
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(given))
    process.stdin.close()
    try:
        while not folder.journal.exists():  # noqa: ASYNC110  (another process makes it)
            await asyncio.sleep(0.1)
        yield process.pid
    finally:
        process.kill()
        await process.wait()


async def _measured(busy: Busy, terminal: OnTerminal, watcher: int) -> list[Row]:
    await asyncio.to_thread(terminal.until, FQDN, 60)
    terminal.drain(0.5)
    terminal.write(b"\r")
    await asyncio.to_thread(terminal.until, f"{busy_cluster.RELEASES} {TITLE}", 120)
    seen, over = Seen(), asyncio.Event()
    reading = asyncio.create_task(asyncio.to_thread(_read, terminal, seen, over))
    changing = asyncio.create_task(busy.change(A_SECOND, over))
    await asyncio.sleep(5)
    pids = {"watching": watcher, "viewer": terminal.pid}
    before = {name: computed(pid) for name, pid in pids.items()}
    sent, began = seen.count, time.monotonic()
    times = await _latencies(busy, seen)
    passed = time.monotonic() - began
    used = {name: (computed(pid) - before[name]) / passed for name, pid in pids.items()}
    wire = (seen.count - sent) / passed
    over.set()
    changes = await changing
    await reading
    held = {name: memory(pid) for name, pid in pids.items()}
    return _rows(times, used, wire, held, changes / (passed + 5))


async def _latencies(busy: Busy, seen: Seen) -> list[float]:
    """Return how long changes took to the screen, each of a row that is shown."""
    times, until = [], time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < until:
        number += 1
        there = 1 + number % (PODS_EACH - 1)
        await busy.show(number % 5, there)
        # The picture comes from a thread, so there is nothing to await.
        began, wanted = time.monotonic(), f"{there}/{PODS_EACH} pods"
        while wanted not in seen.picture and time.monotonic() - began < 10:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        times.append(time.monotonic() - began)
        await asyncio.sleep(EVERY)
    return times


def _read(terminal: OnTerminal, seen: Seen, over: asyncio.Event) -> None:
    while not over.is_set():
        data = terminal.read(0.05)
        seen.count += len(data)
        seen.picture = terminal.picture


def _rows(
    times: list[float],
    used: dict[str, float],
    wire: float,
    held: dict[str, float],
    changes: float,
) -> list[Row]:
    p95, whole = statistics.quantiles(times, n=20)[-1], sum(used.values())
    said = ", ".join(f"{name} {share:.0%}" for name, share in used.items())
    size = f"board: {busy_cluster.RELEASES} releases, {A_SECOND} changes/s"
    return [
        Row(f"{size}: computing", f"<= {CPU_PROMISE:.0%} of a core",
            f"{whole:.0%} ({said}; {changes:.0f} changes/s)", whole <= CPU_PROMISE),
        Row(f"{size}: change to screen, p95", f"<= {LATENCY_PROMISE * 1000:.0f} ms",
            f"{p95 * 1000:.0f} ms (median {statistics.median(times) * 1000:.0f} ms of "
            f"{len(times)})", p95 <= LATENCY_PROMISE),
        Row(f"{size}: on the wire, 80x24", f"<= {WIRE_PROMISE / 1000:.0f} KB/s",
            f"{wire / 1000:.1f} KB/s", wire <= WIRE_PROMISE),
        Row(f"{size}: memory", "reported",
            ", ".join(f"{name} {size:.0f} MB" for name, size in held.items()), kept=True),
    ]  # fmt: skip
