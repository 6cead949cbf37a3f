"""The campaign: runs with a random fault at a random moment, resumed, then destroyed.

``CATALYST_FAULT_RUNS`` says how many, ``CATALYST_FAULT_SEED`` replays one seed alone, or a stretch
of them (``100-124``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.campaign import play

SHORT = 8


def seeds() -> range:
    """Return which seeds are played."""
    one = os.environ.get("CATALYST_FAULT_SEED")
    if one is not None:
        first, _, last = one.partition("-")
        return range(int(first), int(last or first) + 1)
    return range(int(os.environ.get("CATALYST_FAULT_RUNS", SHORT)))


@pytest.mark.parametrize("seed", seeds())
async def test_whatever_goes_wrong_nothing_is_orphaned_doubled_or_left(
    seed: int, tmp_path: Path, tools: Mapping[str, Path]
) -> None:
    """Whatever strikes and when, the run can go on, and destroy empties the project."""
    try:
        plan = await play(seed, tmp_path / "it", tools)
    except BaseException as error:
        error.add_note(f"CATALYST_FAULT_SEED={seed} plays this again")
        raise
    assert plan.strike
    shutil.rmtree(tmp_path / "it")
