"""A Sovereign in a home of its own, as benchmarks need it: a long journal, and somebody alive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from benchmarks.terminal import OnTerminal
from provisioner import events as e
from provisioner.clock import Clock
from provisioner.events import Event, Recorded
from provisioner.facts import ExpectedComponent, PhaseName, Rung, State
from provisioner.folding import fold
from provisioner.home import Home, SovereignFolder, cache_directory
from provisioner.journal import Journal
from provisioner.lock import acquire
from provisioner.runner.recorder import CHECKPOINT_EVERY
from provisioner.view import FOLD, View
from tests.unit.builders import change, plan, run_started

FQDN = "oman.omani.works"
PROGRAM = (
    "import sys; from catalyst_tui.app import run_app; from provisioner.home import Home; "
    "sys.exit(run_app(Home.default(), rehearsal=None))"
)
"""The application on the home that CATALYST_HOME names."""
_RUNGS = (Rung.SOURCE, Rung.RELEASE, Rung.WORKLOADS)
_STATES = (State.INSTALLING, State.INSTALLED, State.HEALTHY)
_WRITTEN = 20_000


def opening(expected: Sequence[ExpectedComponent]) -> list[Event]:
    """Return the beginning of a run, up to its bootstrap."""
    server = change("cp1")
    return [
        run_started(),
        plan([server]),
        e.PlanConfirmed(sha256="a" * 64, by="hash"),
        e.ApplyStarted(sha256="a" * 64, total=1),
        e.PhaseStarted(phase=PhaseName.BOOTSTRAP, usual=600),
        e.KitApplied(components=tuple(expected), deadline=datetime.now(UTC) + timedelta(hours=1)),
    ]


def a_kit() -> list[ExpectedComponent]:
    """Return a kit of eleven."""
    return [
        ExpectedComponent(name=f"component-{n}", rungs=_RUNGS, usual=90.0) for n in range(1, 12)
    ]


def busy(expected: Sequence[ExpectedComponent]) -> Iterator[Event]:
    """Yield what a bootstrap tells, for ever."""
    number = 0
    while True:
        number += 1
        name = expected[number % len(expected)].name
        state = _STATES[number % 3]
        yield e.ComponentChanged(component=name, state=state, rungs=_RUNGS, reason=f"{number}/9")
        yield e.Remarked(source="cluster", text=f"pod {name}-{number} was seen")
        yield e.ResourceProgressed(address='hcloud_server.node["cp1"]', seconds=float(number))


def long_journal(folder: SovereignFolder, events: Iterable[Event], count: int) -> None:
    """Write a journal of ``count`` events as a runner leaves it: its checkpoint is not the last."""
    Journal(folder.journal, FQDN, Clock()).close()
    view, at = View(fqdn=FQDN), datetime.now(UTC)
    source = iter(events)
    database = sqlite3.connect(folder.journal, isolation_level=None)
    kept, seq = count - CHECKPOINT_EVERY + 1, 0
    while batch := list(islice(source, min(_WRITTEN, (kept if seq < kept else count) - seq))):
        rows = [(n, at.isoformat(), msgspec.json.encode(e)) for n, e in enumerate(batch, seq + 1)]
        database.execute("BEGIN")
        database.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")
        fold(view, (Recorded(n, at, FQDN, e) for n, e in enumerate(batch, seq + 1)))
        seq += len(batch)
        if seq == kept:
            body = (seq, FOLD, msgspec.json.encode(view))
            database.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", body)
    database.close()


def a_home(path: Path) -> SovereignFolder:
    """Make a home with one Sovereign."""
    return Home(path).create().sovereign(FQDN).create()


@contextlib.asynccontextmanager
async def alive(folder: SovereignFolder) -> AsyncIterator[None]:
    """Hold the Sovereign's lock, as its runner does."""
    lock = await acquire(folder.lock, FQDN, datetime.now(UTC))
    try:
        yield
    finally:
        lock.release()


def viewer(home: Path) -> OnTerminal:
    """Start the application on a home, on 80x24."""
    places = {
        "HOME": str(home),
        "CATALYST_HOME": str(home),
        "CATALYST_CACHE": str(cache_directory()),
    }
    return OnTerminal(["-c", PROGRAM], places)


def memory(pid: int) -> float:
    """Return the megabytes that a process holds in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def computed(pid: int) -> float:
    """Return the seconds that a process has computed, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def in_thread(terminal: OnTerminal, text: str, seconds: float = 60) -> float:
    """Wait in a thread until a terminal has drawn a text."""
    return await asyncio.to_thread(terminal.until, text, seconds)
