"""A run with a million events: its fold from the checkpoint, and attaching to it until the board.

The journal is as a runner leaves it at the worst moment: one event short of its next checkpoint.
Attaching is counted from the start of the program to Home with the Sovereign, and from Enter to the
full board; the fastest of some turns counts.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from itertools import chain
from pathlib import Path

from benchmarks.row import Row
from benchmarks.sovereign import FQDN, a_home, a_kit, alive, busy, in_thread, long_journal, opening
from benchmarks.sovereign import viewer as opened
from provisioner.folding import load

EVENTS = 1_000_000
SHORT = 2_000
TURNS = 9
PROMISE = 1.0
BOARD = "of 11 healthy"


async def measure() -> list[Row]:
    """Return the rows of these promises."""
    rows = []
    for count, what in ((SHORT, "attach to a running bootstrap"), (EVENTS, "")):
        with tempfile.TemporaryDirectory() as name:
            folder = a_home(Path(name))
            kit = a_kit()
            events = chain(opening(kit), busy(kit))
            await asyncio.to_thread(long_journal, folder, events, count)
            if count == EVENTS:
                rows.append(await asyncio.to_thread(_folded, folder.journal))
            async with alive(folder):
                rows.append(await _attached(Path(name), what or f"attach at {EVENTS:,} events"))
    return rows


def _folded(journal: Path) -> Row:
    times = []
    for _ in range(TURNS):
        began = time.perf_counter()
        view = load(journal, FQDN)
        times.append(time.perf_counter() - began)
        if view.seq != EVENTS:
            raise ValueError(f"{view.seq} events instead of {EVENTS}")
    return _row(f"fold of {EVENTS:,} events from their checkpoint", min(times))


async def _attached(home: Path, what: str) -> Row:
    found = []
    for _ in range(TURNS):
        with opened(home) as terminal:
            begun = await in_thread(terminal, FQDN)
            terminal.drain(0.3)
            pressed = time.perf_counter()
            terminal.write(b"\r")
            await in_thread(terminal, BOARD)
            found.append((time.perf_counter() - pressed, begun))
    board, begun = min(found, key=sum)
    said = f"{board + begun:.2f} s ({begun:.2f} s to Home, {board:.2f} s from Enter)"
    return Row(
        f"{what}: start to full board", f"<= {PROMISE:.0f} s", said, board + begun <= PROMISE
    )


def _row(what: str, seconds: float) -> Row:
    return Row(what, f"<= {PROMISE:.0f} s", f"{seconds:.3f} s", seconds <= PROMISE)
