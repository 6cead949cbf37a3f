"""What is seen from outside, judged: the budget of certificates, and a load balancer's targets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.outside.budget import WEEK, WEEKLY, Ledger
from provisioner.outside.targets import judge

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 20), max_size=8))
def test_the_budget_is_what_a_week_leaves(
    tmp_path_factory: pytest.TempPathFactory, ages: list[int]
) -> None:
    """Only certificates of the last seven days count; one is free again when the oldest leaves."""
    ledger = Ledger(tmp_path_factory.mktemp("home") / "names.json")
    for number, days in enumerate(ages):
        at = NOW - timedelta(days=days)
        ledger.note("production", str(number), at)
        ledger.note("production", str(number), at)
        ledger.note("staging", f"s{number}", at)
    budget = ledger.budget("production", NOW)
    recent = [days for days in ages if days < 7]
    assert budget is not None
    assert budget.left == max(0, WEEKLY - len(recent))
    assert (budget.frees is None) is (not recent)
    if budget.frees is not None:
        later = ledger.budget("production", budget.frees)
        assert later is not None
        assert later.left > budget.left
        assert NOW < budget.frees <= NOW + WEEK


def test_other_authorities_have_no_budget(tmp_path: Path) -> None:
    """Staging and one's own authority sign as often as one likes."""
    ledger = Ledger(tmp_path / "names.json")
    assert ledger.budget("staging", NOW) is None
    assert ledger.budget("own", NOW) is None


def target(*statuses: str) -> dict[str, Any]:
    """Return a target that is one server."""
    ports = (80, 443)
    return {
        "type": "server",
        "health_status": [
            {"listen_port": port, "status": status}
            for port, status in zip(ports, statuses, strict=True)
        ],
    }


def test_targets_are_counted_through_their_selectors() -> None:
    """A selector stands for its servers, and a port that is not healthy is named."""
    both = [target("healthy", "healthy"), target("healthy", "unknown")]
    found = judge("1", {"name": "lb", "targets": [{"type": "label_selector", "targets": both}]})
    assert (found.ok, found.saw) == (False, "1 of 2 servers healthy; not on port 443")
    assert judge("1", {"name": "lb", "targets": [both[0]]}).ok
    assert judge("1", {"name": "lb", "targets": []}).code == "targets_unhealthy"
