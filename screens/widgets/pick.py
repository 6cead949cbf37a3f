"""A list with one chosen row: keyboard alone, scrolls by itself, paints only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from screens.drawing.rows import Row
from screens.widgets.lines import Lines


class PickList(Lines, can_focus=True):
    """Rows of which one is chosen; the chosen one carries ``▸`` and stands out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up"),
        Binding("down,j", "move(1)", "Down"),
        Binding("pageup", "move(-10)", "Page up"),
        Binding("pagedown", "move(10)", "Page down"),
        Binding("home", "move(-10000)", "First"),
        Binding("end", "move(10000)", "Last"),
        Binding("enter", "pick", "Choose"),
    ]

    @dataclass
    class Moved(Message):
        """Another row was chosen."""

        pick: PickList
        index: int

    @dataclass
    class Picked(Message):
        """Enter was pressed on a row."""

        pick: PickList
        index: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.index = 0
        self._items: list[Row] = []
        self._top = 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self._items)

    def offer(self, items: Sequence[Row], index: int | None = None) -> None:
        """Show these rows; the chosen place stays unless ``index`` names another."""
        if self.grows and len(items) != len(self._items):
            self.refresh(layout=True)
        self._items = list(items)
        wanted = self.index if index is None else index
        self.index = max(0, min(wanted, len(self._items) - 1))
        self.redraw()

    def get_content_height(self, _container: Size, _viewport: Size, _width: int) -> int:
        """Return the number of rows there are, for a height of ``auto``."""
        return max(len(self._items), 1)

    def redraw(self) -> None:
        """Show the part around the chosen row."""
        height = max(self.size.height, 1)
        if self.index < self._top:
            self._top = self.index
        elif self.index >= self._top + height:
            self._top = self.index - height + 1
        self._top = max(0, min(self._top, len(self._items) - height))
        shown = self._items[self._top : self._top + height]
        self.show([self._marked(row, self._top + at) for at, row in enumerate(shown)])

    def _marked(self, row: Row, at: int) -> Row:
        marked = Row(" ▸" if at == self.index else "  ", "key")
        for text, role in row.spans:
            # Whoever is on a row reads it: nothing of it stays dim.
            here = at == self.index and role in ("", "quiet")
            marked.add(text, "strong" if here else role)
        return marked

    def on_resize(self) -> None:
        """Keep the chosen row in sight."""
        self.redraw()

    def action_move(self, by: int) -> None:
        """Choose another row."""
        index = max(0, min(self.index + by, len(self._items) - 1))
        if index != self.index and self._items:
            self.index = index
            self.redraw()
            self.post_message(self.Moved(self, index))

    def action_pick(self) -> None:
        """Say that the chosen row was picked."""
        if self._items:
            self.post_message(self.Picked(self, self.index))
