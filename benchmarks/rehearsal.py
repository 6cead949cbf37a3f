"""A whole rehearsal without a screen, sixty times as fast as the listed latencies."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.row import Row
from provisioner.home import Home
from provisioner.rehearsal import close_world

SPEED = 60
PROMISE = 30.0
COMMAND = ["-m", "catalyst_tui.cli", "rehearse", "--headless", "--speed", str(SPEED)]


async def measure() -> list[Row]:
    """Return the row of this promise."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *COMMAND,
            env=os.environ | {"CATALYST_HOME": folder},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        code = await process.wait()
        seconds = time.perf_counter() - before
        await close_world(Home(Path(folder)).rehearsal)
    if code:
        raise RuntimeError(f"the rehearsal ended with {code}")
    what = f"a rehearsal at speed {SPEED}, from the command to ready"
    return [Row(what, f"<= {PROMISE:.0f} s", f"{seconds:.1f} s", seconds <= PROMISE)]
