"""Rows on the screen: a widget that paints again only the rows that changed.

One changed cell of a live board costs about a hundred bytes this way; a DataTable sends the whole
table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.drawing.rows import Row
from screens.widgets.roles import NOTHING, ROLES, STAND_INS

if TYPE_CHECKING:
    from screens.ports import Face


class Lines(Widget):
    """Some rows of text, top aligned; what does not fit is not shown."""

    DEFAULT_CSS = "Lines { height: 1fr; width: 1fr; }"

    def __init__(
        self,
        rows: Sequence[Row] = (),
        *,
        id: str | None = None,  # noqa: A002  (the framework's own word)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = list(rows)

    @property
    def rows(self) -> list[Row]:
        """What is shown."""
        return self._rows

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows; only those that differ are painted."""
        before, self._rows = self._rows, list(rows)
        if len(before) != len(rows) and self.styles.height is not None and self.grows:
            self.refresh(layout=True)
            return
        for y in range(max(len(before), len(rows))):
            if y >= len(before) or y >= len(rows) or before[y] != rows[y]:
                self.refresh(Region(0, y, self.size.width, 1))

    @property
    def grows(self) -> bool:
        """Whether the widget is as high as its rows."""
        height = self.styles.height
        return height is not None and height.is_auto

    def get_content_height(self, _container: Size, _viewport: Size, _width: int) -> int:
        """Return the number of rows, for a height of ``auto``."""
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        """Return one painted row."""
        width = self.size.width
        if y >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        face: Face = self.app  # type: ignore[assignment]  # whose screens these are
        return painted(self._rows[y], width, plain=face.plain_glyphs)


class FittedLines(Lines):
    """Rows that are chosen for the height there is: whoever chose them hears when it changes."""

    class Resized(Message):
        """There is another height."""

    def on_resize(self) -> None:
        """Say so."""
        self.post_message(self.Resized())


def painted(row: Row, width: int, *, plain: bool) -> Strip:
    """Return a row as segments of exactly ``width`` cells."""
    segments = [
        Segment(text.translate(STAND_INS) if plain else text, ROLES.get(role, NOTHING))
        for text, role in row.spans
    ]
    return Strip(segments, row.width).adjust_cell_length(width)
