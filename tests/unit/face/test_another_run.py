"""A page whose run has ended hears of the next one, whoever begins it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from catalyst_tui.backend.following import another_run
from provisioner.clock import Clock
from provisioner.events import Remarked
from provisioner.home import SovereignFolder
from provisioner.journal import Journal
from tests.unit.builders import FQDN, run_started


async def test_only_the_start_of_a_run_behind_the_last_one_is_one(tmp_path: Path) -> None:
    """What was there before, and what is said beside a run, is none."""
    folder = SovereignFolder(tmp_path / FQDN).create()
    journal = Journal(folder.journal, FQDN, Clock())
    journal.append([run_started(1)])
    waiting = asyncio.create_task(another_run(folder, 1))
    journal.append([Remarked(source="t", text="beside")])
    await asyncio.wait({waiting}, timeout=1.5)
    assert not waiting.done()
    journal.append([run_started(2)])
    await waiting
    journal.close()
