"""What the simulator's tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.unit.rehearsal.client import Caller, fresh

settings.register_profile("patient")
settings.load_profile("patient")


@pytest.fixture
def api() -> Caller:
    """Return a caller of an empty cloud."""
    return fresh()
