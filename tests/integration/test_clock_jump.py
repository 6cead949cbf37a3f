"""A run in the middle of which the machine is given another time: only dates jump."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from provisioner import events as e
from provisioner.attach import cancel
from provisioner.facts import Outcome
from provisioner.journal import JournalReader
from provisioner.run import Consent
from provisioner.runner import launch
from tests.integration.rented import Rented, rented

LIBRARY = "libfaketime.so.1"
MOST = 600.0
"""Seconds of the run's clock: a jump that counted would be hours."""


def _settable(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Give runners a clock that goes by a file; its monotonic one stays the machine's."""
    library = next(Path("/usr/lib").glob(f"*/faketime/{LIBRARY}"))
    dial = folder / "dial"
    dial.write_text("+0")
    plain = launch._environment
    monkeypatch.setattr(
        launch,
        "_environment",
        lambda home: (
            plain(home)
            | {
                "LD_PRELOAD": str(library),
                "FAKETIME_TIMESTAMP_FILE": str(dial),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        ),
    )
    return dial


def _times(sovereign: Rented, after: int) -> list[datetime]:
    with JournalReader(sovereign.folder.journal, sovereign.folder.fqdn) as reader:
        return [each.at for each in reader.read_all(after)]


@pytest.mark.parametrize(("jump", "hours"), [("+3h", 3), ("-3h", -3)])
async def test_a_clock_that_is_set_costs_a_run_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tools: Mapping[str, Path],
    jump: str,
    hours: int,
) -> None:
    """No deadline passes early or never, nothing is made twice, and destroy leaves nothing."""
    async with rented(tmp_path, tools, speed=6) as sovereign:
        dial = _settable(monkeypatch, tmp_path)
        after = await sovereign.start("apply")
        await sovereign.until(
            after, lambda each: isinstance(each, e.ResourceStarted) and each.kind == "server"
        )
        dial.write_text(jump)
        assert await sovereign.reached(after, e.OutputsSaved)
        cancel(sovereign.folder)
        ended = await sovereign.finish(after)
        assert ended.outcome is Outcome.CANCELLED
        assert ended.seconds < MOST
        times = _times(sovereign, after)
        steps = [later - earlier for earlier, later in itertools.pairwise(times)]
        least = timedelta(hours=2)
        assert any(step > least if hours > 0 else step < -least for step in steps), "it jumped"
        made = sovereign.names()
        assert (await sovereign.run("plan")).outcome is Outcome.PLANNED
        plan = sovereign.view.plan
        assert plan is not None
        assert {each.action for each in plan.changes} == {"noop"}
        assert sovereign.names() == made
        assert (await sovereign.run("destroy", Consent(destroy=True))).outcome is Outcome.DESTROYED
        assert sovereign.names() == set()
