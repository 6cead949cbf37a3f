"""The log as it grows: the end of it, or where the operator stopped it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.drawing.rows import Row
from screens.logs.parsing import LogLine
from screens.logs.store import LogStore
from screens.widgets.lines import Lines

_ROLES = {"error": "bad", "warn": "warn", "debug": "quiet", "info": ""}


class LogPane(Lines, can_focus=True):
    """Shows a store; arrows stop it, the end follows again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "Back"),
        Binding("down", "scroll(1)", "On"),
        Binding("pageup", "page(-1)", "Page back"),
        Binding("pagedown", "page(1)", "Page on"),
        Binding("home", "scroll(-1000000)", "Oldest"),
        Binding("end", "scroll(1000000)", "Newest"),
    ]

    def __init__(self, store: LogStore, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.store = store

    def add(self, lines: Iterable[LogLine]) -> None:
        """Take new lines and show them if they are looked at."""
        self.store.add(lines)
        self.redraw()

    def redraw(self) -> None:
        """Show the window."""
        width = self.size.width
        self.show([log_row(line, width) for line in self.store.window(self.size.height)])

    def on_resize(self) -> None:
        """Show as much as there is room for."""
        self.redraw()

    def toggle(self) -> None:
        """Stop at these lines, or follow again."""
        if self.store.following:
            self.store.pause()
        else:
            self.store.follow()
        self.redraw()

    def action_scroll(self, by: int) -> None:
        """Move by some lines."""
        self.store.scroll(by, self.size.height)
        self.redraw()

    def action_page(self, by: int) -> None:
        """Move by one page."""
        self.action_scroll(by * max(self.size.height - 1, 1))


def log_row(line: LogLine, width: int) -> Row:
    """Return one line of a log."""
    row = Row(" ")
    if line.at:
        row.add(f"{line.at} ", "quiet")
    row.add(f"{line.source:<5}", "quiet").add(" ")
    return row.add(line.text, _ROLES.get(line.level, "")).cut(width - 1)
