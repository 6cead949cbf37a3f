"""From the start of ``catalyst`` to its end, for commands that only look, against a bare Python.

The bare one imports what every command must: argparse, asyncio and msgspec. Runs are taken in turn;
the fastest of each counts.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time

from benchmarks.row import Row

RUNS = 9
FACTOR = 2.0
BARE = ["-c", "import argparse, asyncio, msgspec; asyncio.run(asyncio.sleep(0))"]
COMMANDS = ("--help", "status")


async def measure() -> list[Row]:
    """Return a row for each command."""
    return await asyncio.to_thread(_rows)


def _rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as home:
        taken: dict[str, list[float]] = {name: [] for name in ("", *COMMANDS)}
        for _ in range(RUNS):
            for name, times in taken.items():
                program = ["-m", "catalyst_tui.cli", name] if name else BARE
                times.append(_seconds(program, home))
    bare = min(taken[""])
    return [
        Row(
            what=f"catalyst {name} against a bare Python with asyncio and msgspec",
            promise=f"<= {FACTOR:g}x",
            measured=f"{ours / bare:.2f}x ({ours * 1000:.0f} ms, {bare * 1000:.0f} ms)",
            kept=ours <= FACTOR * bare,
        )
        for name in COMMANDS
        for ours in [min(taken[name])]
    ]


def _seconds(program: list[str], home: str) -> float:
    before = time.perf_counter()
    subprocess.run(
        [sys.executable, *program],
        env=os.environ | {"CATALYST_HOME": home},
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - before
