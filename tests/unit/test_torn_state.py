"""A state that a full disk has left empty or half."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.tofu.workspace import ERRORED, STATE, mend_state

WHOLE = '{"serial": 7}'
OLDER = '{"serial": 6}'


@pytest.mark.parametrize("torn", ["", WHOLE[:5]])
@pytest.mark.parametrize(
    ("errored", "backup", "left"),
    [(WHOLE, OLDER, WHOLE), ("", OLDER, OLDER), (None, None, None), ("", "", None)],
)
def test_a_torn_state_makes_way_for_the_newest_whole_one(
    tmp_path: Path, torn: str, errored: str | None, backup: str | None, left: str | None
) -> None:
    """What OpenTofu saved beside it comes first, then its backup; else there is none to read."""
    state = tmp_path / STATE
    state.write_text(torn)
    for name, text in ((ERRORED, errored), (f"{STATE}.backup", backup)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert mend_state(tmp_path)
    assert (state.read_text() if state.exists() else None) == left
    assert (tmp_path / f"{STATE}.torn").read_text() == torn


def test_a_whole_state_is_left_as_it_is(tmp_path: Path) -> None:
    """Also where an earlier trouble left something beside it."""
    assert not mend_state(tmp_path)
    (tmp_path / STATE).write_text(WHOLE)
    (tmp_path / ERRORED).write_text(OLDER)
    assert not mend_state(tmp_path)
    assert (tmp_path / STATE).read_text() == WHOLE
