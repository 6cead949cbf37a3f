"""A row of text: pieces with a role each, aligned on columns.

A role is a meaning (``ok``, ``bad``), never a colour; the colour is the second channel and is
chosen where rows are painted. Widths are terminal cells.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from unicodedata import east_asian_width

ELLIPSIS = "…"


def width_of(text: str) -> int:
    """Return how many cells a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in text)


def fit(text: str, width: int) -> str:
    """Return ``text`` cut to ``width`` cells, with an ellipsis where something is missing."""
    if width_of(text) <= width:
        return text
    kept = ""
    for each in text:
        if width_of(kept) + width_of(each) > width - 1:
            break
        kept += each
    return kept + ELLIPSIS if width > 0 else ""


class Row:
    """One line, built from left to right."""

    __slots__ = ("spans", "width")

    def __init__(self, text: str = "", role: str = "") -> None:
        self.spans: list[tuple[str, str]] = []
        self.width = 0
        if text:
            self.add(text, role)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.spans == other.spans

    __hash__ = None  # type: ignore[assignment]  # it changes, so no key

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.spans)

    def add(self, text: str, role: str = "", most: int | None = None) -> Row:
        """Append text, cut to ``most`` cells."""
        shown = text if most is None else fit(text, most)
        if shown:
            self.spans.append((shown, role))
            self.width += width_of(shown)
        return self

    def to(self, column: int) -> Row:
        """Go on at ``column``; what reaches further is cut so that a blank stays between."""
        if self.width >= column:
            self._cut(column - 1)
        return self.add(" " * (column - self.width))

    def right(self, text: str, edge: int, role: str = "") -> Row:
        """Append text that ends at ``edge``."""
        return self.to(max(edge - width_of(text), 0)).add(text, role)

    def cut(self, width: int) -> Row:
        """Shorten to ``width`` cells."""
        if self.width > width:
            self._cut(width)
        return self

    def _cut(self, width: int) -> None:
        kept: list[tuple[str, str]] = []
        left = max(width, 0)
        for text, role in self.spans:
            shown = fit(text, left)
            if shown:
                kept.append((shown, role))
            left -= width_of(shown)
            if shown != text:
                break
        self.spans = kept
        self.width = sum(width_of(text) for text, _ in kept)


Rows = list[Row]


def blank() -> Row:
    """Return an empty row."""
    return Row()


def wrapped(text: str, width: int, *, indent: int = 1, role: str = "", most: int = 9) -> Rows:
    """Return a text as rows of at most ``width`` cells, indented; the last is cut if need be."""
    room = max(width - indent, 8)
    lines = textwrap.wrap(text, room, break_long_words=True) or []
    if len(lines) > most:
        lines = [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), room)]
    return [Row(" " * indent).add(line, role) for line in lines]


def table(pairs: Iterable[tuple[str, str]], column: int, width: int) -> Rows:
    """Return name and value pairs, values from ``column`` on."""
    return [
        Row(" ").add(name, "quiet").to(column).add(value).cut(width - 1) for name, value in pairs
    ]
