"""A cancel has two steps: the first makes good what it cuts, the second abandons even that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from provisioner.cancellation import Cancellation
from provisioner.facts import Outcome
from provisioner.run import Run
from provisioner.runner import road
from provisioner.runner.road import Ending, walk
from provisioner.view import View
from tests.unit.builders import FQDN


async def _ended(monkeypatch: pytest.MonkeyPatch, act: Callable[[Cancellation], None]) -> Ending:
    """Return how a run ends in which OpenTofu was at work; ``act`` comes while it is made good."""
    cancellation = Cancellation()
    run = cast(Run, SimpleNamespace(cancellation=cancellation, fqdn=FQDN, folder=None))
    view = View(fqdn=FQDN, settled=False, rented_since=datetime.now(UTC))

    async def works(_run: Run, _view: View) -> Outcome:
        cancellation.request()
        await asyncio.Event().wait()
        return Outcome.READY

    async def settle(_run: Run, view: View) -> None:
        act(cancellation)
        await asyncio.sleep(0)
        view.settled = True

    monkeypatch.setitem(road._ROADS, "apply", works)
    monkeypatch.setattr(road, "settle", settle)
    async with asyncio.timeout(90):
        return await walk(run, "apply", view)


async def test_the_first_step_makes_good_what_it_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And being asked again in the same way adds nothing."""
    ending = await _ended(monkeypatch, lambda cancellation: cancellation.request())
    assert ending.outcome is Outcome.CANCELLED
    assert ending.remedy is not None
    assert ending.remedy.code == "cancelled"
    assert "in the state" in ending.remedy.means


async def test_the_second_step_says_that_something_may_be_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does not wait, and promises nothing about the state."""
    ending = await _ended(monkeypatch, lambda cancellation: cancellation.force())
    assert ending.outcome is Outcome.CANCELLED
    assert ending.remedy is not None
    assert ending.remedy.code == "cancelled_by_force"
    assert ending.remedy.next == ("resume", "destroy")
