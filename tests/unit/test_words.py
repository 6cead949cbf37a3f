"""Everything that happens has words, the same on screen and headless."""

from __future__ import annotations

import pytest

from provisioner import events as e
from screens.words import duration, line_of

WITHOUT_A_LINE = {
    # Printed as findings, not as one line.
    e.AnswersRefused,
    # Drawn as state, or said by the line of what they lead to.
    e.ApplyStarted,
    e.OutputsSaved,
    e.ResourceProgressed,
    e.WaitFinished,
}


def test_every_event_has_a_line_or_is_known_to_need_none() -> None:
    """A new event that nobody found words for is noticed here."""
    assert set(e.EVENTS) - set(line_of.registry) == WITHOUT_A_LINE


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (59.6, "1:00"), (760, "12:40"), (3720, "1:02:00")]
)
def test_durations_read_as_operators_write_them(seconds: float, said: str) -> None:
    """Minutes and seconds; hours only where there are some."""
    assert duration(seconds) == said
