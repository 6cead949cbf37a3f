"""A million lines of log through a run, with somebody who looks at them and presses keys.

The lines are written by a program of its own into the file that OpenTofu writes, as fast as a disk
and an eager program can. The viewer is the real one on the real files. Every line must be in the
file afterwards; keys must answer meanwhile, and the viewer must not grow with what it shows.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.row import Row
from benchmarks.sovereign import FQDN, a_home, alive, in_thread, long_journal, memory
from benchmarks.sovereign import viewer as opened
from benchmarks.terminal import OnTerminal
from provisioner import events as e
from provisioner.facts import PhaseName
from tests.unit.builders import change, plan, run_started

LINES = 1_000_000
A_BATCH = 2_000
PAUSE = 0.04
"""Seconds between two batches: the flood lasts for about half a minute."""
KEYS = 100
KEY_PROMISE, GROWTH_PROMISE = 0.050, 40.0
_WORDS = ("follow log", "pause log")
_WRITER = """
import sys, time
path, lines, batch, pause = sys.argv[1], *map(int, sys.argv[2:4]), float(sys.argv[4])
said = '{"@level":"info","@message":"hcloud_server.node: Still creating... [%d s elapsed]",' \\
       '"@timestamp":"2026-01-01T12:00:00.000Z","type":"apply_progress"}\\n'
with open(path, "a") as file:
    for start in range(0, lines, batch):
        file.writelines(said % number for number in range(start, min(start + batch, lines)))
        file.flush()
        time.sleep(pause)
"""


async def measure() -> list[Row]:
    """Return the rows of these promises."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        folder = a_home(home)
        server = change("cp1")
        events = [
            run_started(),
            plan([server]),
            e.PlanConfirmed(sha256="a" * 64, by="hash"),
            e.PhaseStarted(phase=PhaseName.APPLY, usual=70),
            e.ApplyStarted(sha256="a" * 64, total=1),
        ]
        long_journal(folder, events, len(events) + 4_999)
        log = folder.logs / "1-apply.jsonl"
        log.write_text("")
        async with alive(folder):
            with opened(home) as terminal:
                await in_thread(terminal, FQDN)
                terminal.write(b"\r")
                await in_thread(terminal, "Creating")
                terminal.drain(2)
                return await asyncio.to_thread(_flooded, terminal, log)


def _flooded(terminal: OnTerminal, log: Path) -> list[Row]:
    before = memory(terminal.pid)
    arguments = [str(log), str(LINES), str(A_BATCH), str(PAUSE)]
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, *arguments])
    times: list[float] = []
    most = before
    while writer.poll() is None or len(times) < KEYS:
        times.append(terminal.press(b"f", _WORDS[len(times) % 2]))
        terminal.drain(0.15)
        most = max(most, memory(terminal.pid))
    terminal.drain(2)
    most = max(most, memory(terminal.pid))
    kept = sum(chunk.count(b"\n") for chunk in _chunks(log))
    p95 = statistics.quantiles(times, n=20)[-1]
    growth = most - before
    return [
        Row(
            what=f"key to screen while {LINES:,} log lines come, p95",
            promise=f"< {KEY_PROMISE * 1000:.0f} ms",
            measured=f"{p95 * 1000:.0f} ms (worst {max(times) * 1000:.0f} ms of {len(times)})",
            kept=p95 < KEY_PROMISE,
        ),
        Row(
            what=f"the viewer's memory after {LINES:,} log lines",
            promise=f"<= +{GROWTH_PROMISE:.0f} MB",
            measured=f"+{growth:.1f} MB ({before:.0f} MB before)",
            kept=growth <= GROWTH_PROMISE,
        ),
        Row(
            what="log lines on disk afterwards",
            promise=f"{LINES:,}",
            measured=f"{kept:,}",
            kept=kept == LINES,
        ),
    ]


def _chunks(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return list(iter(lambda: file.read(1 << 24), b""))
