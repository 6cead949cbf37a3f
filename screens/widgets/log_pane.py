"""The log as it grows: the end of it, or where the operator stopped it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from screens.drawing.log import line_rows
from screens.drawing.rows import Rows
from screens.logs.parsing import LogLine
from screens.logs.store import LogStore
from screens.widgets.lines import Lines


class LogPane(Lines, can_focus=True):
    """Shows a store; arrows stop it, the end follows again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", "Back"),
        Binding("down,j", "scroll(1)", "On"),
        Binding("pageup", "page(-1)", "Page back"),
        Binding("pagedown", "page(1)", "Page on"),
        Binding("home,g", "scroll(-1000000)", "Oldest"),
        Binding("end,G", "scroll(1000000)", "Newest"),
    ]

    class Moved(Message):
        """Other lines are looked at."""

    def __init__(self, store: LogStore, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.store = store
        self.wrap = False
        """Whether long lines go on below themselves."""

    def redraw(self) -> None:
        """Show the window."""
        width, height, store = self.size.width, self.size.height, self.store
        rows: Rows = []
        for each in store.window(height):
            hit = store.hit is not None and each.first <= store.hit <= each.last
            rows += line_rows(each, width, store.pattern, hit=hit, wrap=self.wrap)
        self.show(rows[-height:] if height else [])

    def add(self, lines: Iterable[LogLine]) -> None:
        """Take new lines and show them if they are looked at."""
        self.store.add(lines)
        self.redraw()

    def on_resize(self) -> None:
        """Show as much as there is room for."""
        self.redraw()

    def action_scroll(self, by: int) -> None:
        """Move by some lines."""
        self.store.scroll(by, self.size.height)
        self.post_message(self.Moved())

    def action_page(self, by: int) -> None:
        """Move by one page."""
        self.action_scroll(by * max(self.size.height - 1, 1))
