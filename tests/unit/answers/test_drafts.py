"""Drafts keep what was typed, survive, and are refused when they cannot be understood."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from provisioner.clock import Clock
from provisioner.drafts import forget_draft, list_drafts, load_draft, new_draft, save_draft
from provisioner.errors import AnswersRefused
from provisioner.home import Home


def test_a_draft_keeps_wrong_answers_and_its_step(tmp_path: Path) -> None:
    """Nothing that was typed is lost, right or wrong."""
    home, clock = Home(tmp_path), Clock()
    draft = msgspec.structs.replace(new_draft(clock), step="sizing", answers={"domain": {"l": "-"}})
    saved = save_draft(home, draft, clock)
    assert load_draft(home, draft.id) == saved
    assert (saved.step, saved.answers) == ("sizing", {"domain": {"l": "-"}})
    assert list_drafts(home) == (saved,)
    forget_draft(home, draft.id)
    assert list_drafts(home) == ()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"version": 2, "more": 1}', "draft_newer"),
        (b"{", "draft_unreadable"),
        (b'{"version": 1}', "draft_unreadable"),
        (b"\xff", "draft_unreadable"),
    ],
)
def test_a_draft_that_is_not_ours_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    """A newer or damaged draft says so, is left as it is, and hides no other."""
    home = Home(tmp_path)
    good = save_draft(home, new_draft(Clock()), Clock())
    (home.drafts / f"{'0' * 16}.json").write_bytes(content)
    with pytest.raises(AnswersRefused) as refused:
        load_draft(home, "0" * 16)
    assert refused.value.code == code
    assert list_drafts(home) == (good,)


def test_a_draft_s_name_cannot_lead_elsewhere(tmp_path: Path) -> None:
    """Only names that we made are opened."""
    with pytest.raises(AnswersRefused):
        load_draft(Home(tmp_path), "../settings")
