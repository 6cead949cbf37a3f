"""Durations are read and written as Go programs do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.rehearsal.actor.durations import seconds, written


@pytest.mark.parametrize(
    ("text", "value"),
    [("5m0s", 300.0), ("12s", 12.0), ("1h0m0s", 3600.0), ("10.271s", 10.271), ("250ms", 0.25)],
)
def test_recorded_durations_are_read(text: str, value: float) -> None:
    """What the real controllers wrote has the seconds it says."""
    assert seconds(text) == pytest.approx(value)


@given(st.integers(min_value=0, max_value=10**9))
def test_what_is_written_is_read_again(milliseconds: int) -> None:
    """Writing and reading lose nothing above a millisecond."""
    assert seconds(written(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, abs=1e-3)
