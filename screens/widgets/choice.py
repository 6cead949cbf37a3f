"""A question with a few fixed answers on one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from screens.drawing.frame import LABEL
from screens.drawing.rows import Row, wrapped
from screens.widgets.lines import Lines


class Choice(Lines, can_focus=True):
    """Answers side by side; arrows or space choose."""

    DEFAULT_CSS = "Choice { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Previous"),
        Binding("right,space", "turn(1)", "Next"),
    ]

    @dataclass
    class Chosen(Message):
        """Another answer was chosen."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            """The question."""
            return self.choice

    def __init__(
        self, name: str, label: str, options: Sequence[tuple[str, str]], value: str, hint: str = ""
    ) -> None:
        super().__init__(id=name.replace(".", "-"))
        self.answers = name
        self._label = label
        self._options = list(options)
        self._value = value
        self._hint = hint

    @property
    def value(self) -> str:
        """The chosen answer."""
        return self._value

    def on_mount(self) -> None:
        """Show the question."""
        self._draw()

    def offer(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """Change the answers that there are."""
        self._options, self._value = list(options), value
        self._draw()

    def _draw(self) -> None:
        here = self.has_focus
        row = Row(" ").add("▸ " if here else "  ", "key").add(self._label, "title" if here else "")
        row.to(LABEL)
        for value, title in self._options:
            chosen = value == self._value
            row.add("● " if chosen else "○ ", "key" if chosen else "quiet")
            row.add(title, "strong" if chosen else "quiet").add("   ")
        room = (self.size.width or self.app.size.width) - 2
        hint = wrapped(self._hint, room, indent=LABEL, role="quiet", most=2)
        self.show([row, *hint])

    def watch_has_focus(self, has_focus: bool) -> None:
        """Mark the question that is answered, or unmark it; an event would come too early."""
        super().watch_has_focus(has_focus)
        if self.is_mounted:
            self._draw()

    def action_turn(self, by: int) -> None:
        """Choose the neighbour."""
        values = [value for value, _ in self._options]
        if len(values) < 2:
            return
        at = values.index(self._value) if self._value in values else 0
        self._value = values[(at + by) % len(values)]
        self._draw()
        self.post_message(self.Chosen(self, self._value))
