"""A log with all that one does to it: follow, search, choose level and source, wrap, copy, save."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from screens.drawing.frame import Key
from screens.drawing.log import log_rule
from screens.logs.parsing import LEVELS, LogLine
from screens.logs.store import LogStore
from screens.widgets.field import AnswerInput
from screens.widgets.lines import Lines
from screens.widgets.log_pane import LogPane


class LogView(Vertical):
    """The rule that says what is shown, the lines, and the place for what is searched."""

    DEFAULT_CSS = """
    LogView { height: 1fr; }
    LogView .rule { height: 1; }
    LogView AnswerInput { display: none; height: 1; margin-left: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow"),
        Binding("slash", "search", "Search"),
        Binding("n", "step(True)", "Older match"),
        Binding("N", "step(False)", "Newer match"),
        Binding("v", "level", "Level"),
        Binding("s", "source", "Source"),
        Binding("w", "wrap", "Wrap"),
        Binding("y", "copy", "Copy"),
        Binding("S", "save", "Save"),
        Binding("escape", "clear", "Leave the search"),
    ]

    @dataclass
    class Copied(Message):
        """The lines that are shown were given to the terminal's clipboard."""

        count: int

    @dataclass
    class Wanted(Message):
        """These lines are to be saved to a file."""

        lines: list[str]

    class Changed(Message):
        """What the keys do has changed."""

    def __init__(self, title: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.store = LogStore()
        self.title = title
        self.pane = LogPane(self.store)
        self._rule = Lines(classes="rule")
        self._box = AnswerInput("", example="search: part of a line")

    def compose(self) -> ComposeResult:
        """Yield the parts."""
        yield self._rule
        yield self.pane
        yield self._box

    def add(self, lines: Iterable[LogLine]) -> None:
        """Take new lines."""
        self.store.add(lines)
        self.redraw()

    def begin(self, title: str) -> None:
        """Begin a log anew, under another title."""
        self.title, store = title, LogStore()
        store.level, self.store = self.store.level, store
        self.pane.store = store
        self.redraw()

    def redraw(self) -> None:
        """Show the rule and the lines."""
        width = self.size.width or self.app.size.width
        self._rule.show([log_rule(self.store, self.title, width, wrap=self.pane.wrap)])
        self.pane.redraw()

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.redraw()

    def keys(self) -> Iterable[Key]:
        """Return the keys of a log, the most important first."""
        yield Key("f", "pause log" if self.store.following else "follow log")
        yield Key("/", "search")
        if self.store.pattern:
            yield Key("n N", "older, newer match")
        yield Key("v", "level")
        if len(self.store.sources) > 1:
            yield Key("s", "source")
        yield Key("w", "wrap")
        yield Key("y", "copy")
        yield Key("S", "save")

    def on_log_pane_moved(self, event: LogPane.Moved) -> None:
        """Show what the keys moved to."""
        event.stop()
        self._changed()

    def _changed(self) -> None:
        self.redraw()
        self.post_message(self.Changed())

    def action_follow(self) -> None:
        """Stop at these lines, or follow again."""
        if self.store.following:
            self.store.pause()
        else:
            self.store.follow()
        self._changed()

    def action_search(self) -> None:
        """Ask what to look for."""
        self._box.display = True
        # At once: what is typed next belongs there, however fast it comes.
        self.screen.set_focus(self._box)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for it while it is typed."""
        event.stop()
        self.store.search(event.value, self.pane.size.height)
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the lines."""
        event.stop()
        self._leave_box()

    def _leave_box(self) -> None:
        self._box.display = False
        self.screen.set_focus(self.pane)
        self._changed()

    def action_clear(self) -> None:
        """Leave the search, where there is one."""
        if not self._box.display and not self.store.pattern:
            raise SkipAction
        self._box.value = ""
        self.store.search("", self.pane.size.height)
        self._leave_box()

    def action_step(self, older: bool) -> None:
        """Go to another match."""
        if not self.store.pattern:
            raise SkipAction
        self.store.step(self.pane.size.height, older=older)
        self._changed()

    def action_level(self) -> None:
        """Show less: only what weighs more; after the worst, everything again."""
        self.store.level = LEVELS[(LEVELS.index(self.store.level) + 1) % len(LEVELS)]
        self._changed()

    def action_source(self) -> None:
        """Show one source after the other, then all again."""
        choices = ["", *self.store.sources]
        here = choices.index(self.store.source) if self.store.source in choices else 0
        self.store.source = choices[(here + 1) % len(choices)]
        self._changed()

    def action_wrap(self) -> None:
        """Let long lines go on below themselves, or cut them."""
        self.pane.wrap = not self.pane.wrap
        self._changed()

    def action_copy(self) -> None:
        """Give the lines that are shown, in full, to the terminal's clipboard."""
        shown = self.store.window(max(self.pane.size.height, 1))
        lines = [
            told(each.line) + (f" (x{each.times})" if each.times > 1 else "") for each in shown
        ]
        self.app.copy_to_clipboard("\n".join(lines))
        self.post_message(self.Copied(len(lines)))

    def action_save(self) -> None:
        """Have all kept lines of this source and level saved."""
        self.post_message(self.Wanted([told(line) for line in self.store.everything()]))


def told(line: LogLine) -> str:
    """Return a line as text."""
    return " ".join(part for part in (line.at, line.source, line.text) if part)
