"""The campaign: runs with a random fault at a random moment, resumed, then destroyed.

``CATALYST_FAULT_RUNS`` says how many, ``CATALYST_FAULT_SEED`` replays one seed alone, or a stretch
of them (``100-124``), ``CATALYST_FAULT_STRIKE`` with this strike instead of the drawn one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.campaign import play
from tests.faults.plans import STRIKES

ELSEWHERE = frozenset({"runner", "cancel", "hang up", "runner and tofu"})
"""What the runner's own tests, or a reboot, prove already: the short version leaves it out."""

BUILT_UP_AGAIN = 188
"""A seed whose destroy is cancelled in the middle, and which goes on from there."""


def drawn() -> list[tuple[int, str | None]]:
    """Return which runs are played: without a wish, one for each way that nothing else tests."""
    one, strike = os.environ.get("CATALYST_FAULT_SEED"), os.environ.get("CATALYST_FAULT_STRIKE")
    if one is not None:
        first, _, last = one.partition("-")
        return [(seed, strike) for seed in range(int(first), int(last or first) + 1)]
    many = os.environ.get("CATALYST_FAULT_RUNS")
    if many is not None:
        return [(seed, None) for seed in range(int(many))]
    short = [(seed, each) for seed, each in enumerate(STRIKES) if each not in ELSEWHERE]
    return [*short, (BUILT_UP_AGAIN, None)]


@pytest.mark.parametrize(("seed", "strike"), drawn())
async def test_whatever_goes_wrong_nothing_is_orphaned_doubled_or_left(
    seed: int, strike: str | None, tmp_path: Path, tools: Mapping[str, Path]
) -> None:
    """Whatever strikes and when, the run can go on, and destroy empties the project."""
    try:
        plan = await play(seed, tmp_path / "it", tools, strike)
    except BaseException as error:
        named = f" CATALYST_FAULT_STRIKE='{strike}'" if strike else ""
        error.add_note(f"CATALYST_FAULT_SEED={seed}{named} plays this again")
        raise
    assert plan.blow.strike
    shutil.rmtree(tmp_path / "it")
