"""What the simulator's tests share."""

from __future__ import annotations

import pytest

from tests.unit.rehearsal.client import Caller, fresh


@pytest.fixture
def api() -> Caller:
    """Return a caller of an empty cloud."""
    return fresh()
