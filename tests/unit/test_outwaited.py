"""Whoever waits for stock goes on waiting when others were quicker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from provisioner.errors import AnswersRefused
from provisioner.facts import Finding, Severity
from provisioner.run import Consent, Run
from provisioner.runner import road
from provisioner.view import View
from tests.unit.builders import FQDN

SOLD_OUT = Finding(
    field="sizing.control_plane.type",
    value="cx53",
    code="hetzner_type_no_stock",
    reason="",
    remedy="",
    severity=Severity.BLOCKING,
)


async def test_stock_that_is_gone_again_is_waited_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is listed for a moment, and sold before preflight looks once more."""
    looks = iter([[SOLD_OUT], [SOLD_OUT], []])
    waits: list[str] = []

    async def preflight(_run: Run) -> list[Finding]:
        return next(looks)

    async def outwaited(_run: Run, blocking: list[Finding]) -> bool:
        waits.extend(each.value for each in blocking)
        return bool(blocking)

    async def nothing(_run: Run) -> None:
        return None

    monkeypatch.setattr(road, "preflight", preflight)
    monkeypatch.setattr(road, "outwaited", outwaited)
    monkeypatch.setattr(road, "find_state", nothing)
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    consent = Consent(wait_for_stock=True)
    run = SimpleNamespace(fqdn=FQDN, consent=consent, clock=clock, emit=lambda _: None)
    try:
        assert await road._checked(cast(Run, run), View(fqdn=FQDN)) is None
    except AnswersRefused:
        pytest.fail("it gave up while there was still something to wait for")
    assert waits == ["cx53", "cx53"]
