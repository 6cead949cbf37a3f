"""Rows keep their columns, whatever is put into them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from screens.drawing.rows import Row, fit, width_of, wrapped

_SHOWN = st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=["C", "M"])
TEXTS = st.text(_SHOWN)


@given(TEXTS, st.integers(1, 60))
def test_what_is_fitted_fits(text: str, width: int) -> None:
    """A text is never wider than its place, and whole where it fits."""
    shown = fit(text, width)
    assert width_of(shown) <= width
    assert shown == text or shown.endswith("…")


@given(TEXTS, TEXTS, st.integers(2, 60))
def test_a_column_begins_where_it_was_asked_for(before: str, after: str, column: int) -> None:
    """What stands before a column is cut so that the column holds, with a blank between."""
    row = Row(before).to(column)
    assert row.width == column
    assert row.plain.endswith(" ")
    assert row.add(after).width == column + width_of(after)


@given(TEXTS, st.integers(1, 60))
def test_a_cut_row_keeps_its_width(text: str, width: int) -> None:
    """The width that a row tells is the width of its text."""
    row = Row(text).add(text, "ok").cut(width)
    assert row.width == width_of(row.plain) <= width


def test_long_texts_end_with_an_ellipsis() -> None:
    """A text that needs more rows than it may have says that something is missing."""
    rows = wrapped("word " * 60, 30, most=2)
    assert len(rows) == 2
    assert rows[1].plain.endswith("…")
