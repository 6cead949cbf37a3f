"""Rows that may be more than there is room for, moved by keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from screens.drawing.rows import Row
from screens.widgets.lines import Lines


class ScrollLines(Lines, can_focus=True):
    """A long text; what comes anew does not move what is read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", "Up"),
        Binding("down,j", "scroll(1)", "Down"),
        Binding("pageup", "page(-1)", "Page up"),
        Binding("pagedown,space", "page(1)", "Page down"),
        Binding("home,g", "scroll(-1000000)", "Top"),
        Binding("end,G", "scroll(1000000)", "End"),
    ]

    class Moved(Message):
        """Another part is read."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._all: list[Row] = []
        self._top = 0

    def offer(self, rows: Sequence[Row]) -> None:
        """Show these rows, from the place that was read."""
        self._all = list(rows)
        self.redraw()

    @property
    def below(self) -> int:
        """How many rows stand below what is shown."""
        return max(len(self._all) - self._top - self.size.height, 0)

    def redraw(self) -> None:
        """Show the part that there is room for."""
        height = max(self.size.height, 1)
        self._top = max(0, min(self._top, len(self._all) - height))
        self.show(self._all[self._top : self._top + height])

    def on_resize(self) -> None:
        """Keep the place."""
        self.redraw()

    def action_scroll(self, by: int) -> None:
        """Move by some rows."""
        self._top += by
        self.redraw()
        self.post_message(self.Moved())

    def action_page(self, by: int) -> None:
        """Move by one page."""
        self.action_scroll(by * max(self.size.height - 1, 1))
