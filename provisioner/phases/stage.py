"""The frame around every phase: its events, its usual time, and the name on its errors."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files

from provisioner.errors import CatalystError
from provisioner.events import PhaseFinished, PhaseStarted
from provisioner.facts import PhaseName
from provisioner.run import Run


@cache
def usual(phase: PhaseName) -> float | None:
    """Return how many seconds a phase usually takes, from usual.toml."""
    text = files("provisioner.phases").joinpath("usual.toml").read_text("utf-8")
    known = tomllib.loads(text)["seconds"].get(phase)
    return None if known is None else float(known)


@asynccontextmanager
async def stage(run: Run, phase: PhaseName) -> AsyncIterator[None]:
    """Journal that a phase begins and ends; an error that leaves it carries its name."""
    started = run.clock.monotonic()
    run.emit(PhaseStarted(phase=phase, usual=usual(phase)))
    ok = False
    try:
        yield
        ok = True
    except CatalystError as error:
        error.phase = error.phase or phase
        raise
    finally:
        seconds = round(run.clock.monotonic() - started, 1)
        run.emit(PhaseFinished(phase=phase, seconds=seconds, ok=ok))
