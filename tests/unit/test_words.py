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


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.0, "created"), (0.02, "created in <0.1 s"), (0.94, "created in 0.9 s"), (27.3, "27 s")],
)
def test_a_resource_took_what_was_measured(seconds: float, told: str) -> None:
    """Tenths where they matter, and nothing where nobody measured."""
    event = e.ResourceFinished(
        address="a", kind="server", name="cp1", action="create", id="1", seconds=seconds
    )
    line = line_of(event)
    assert line is not None
    assert line[1].endswith(told)
