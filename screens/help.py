"""Help: what a screen is for and what its keys do; and what a small terminal is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from screens.drawing.frame import Key, rule
from screens.drawing.rows import Row, Rows, wrapped
from screens.widgets.lines import Lines

MARKS = (
    ("✓ done, holds", "ok"),
    ("▸ at work", "going"),
    ("· waits", "quiet"),
    ("! look here", "warn"),
    ("■ cancelled", "warn"),
    ("✗ failed", "bad"),
)
FEW = 7
"""Keys that stand below each other; more stand in two columns."""
SECOND = 40
COLUMNS, LINES = 60, 20
"""The smallest terminal in which the screens can be read."""


class HelpModal(ModalScreen[None]):
    """One page over the screen it explains."""

    DEFAULT_CSS = "HelpModal { background: ansi_default; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,f1,question_mark", "dismiss(None)", "Close"),
        Binding("ctrl+c,ctrl+q", "app.quit", "Leave", priority=True),
    ]

    def __init__(self, text: str, keys: Sequence[Key]) -> None:
        super().__init__()
        self._text = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Yield the page."""
        yield Lines()

    def on_resize(self) -> None:
        """Draw for the size there is."""
        self.query_one(Lines).show(self._rows(self.size.width))

    def _rows(self, width: int) -> Rows:
        rows = [Row(" ").add("Help", "title"), rule(width), Row()]
        rows += [*wrapped(self._text, min(width, 90) - 3, indent=3), Row()]
        rows += _key_rows(self._keys)
        rows += [Row("   ").add("^P", "key").to(14).add("all commands of this screen, by name")]
        rows += [Row("   ").add("^C", "key").to(14).add("leave; a run goes on without a viewer")]
        marks = Row("   ")
        for text, role in MARKS:
            marks.add(f"{text}   ", role)
        broken = "After a kill -9 of this program: stty sane; reset"
        rows += [Row(), marks, Row(), Row("   ").add(broken, "quiet")]
        return [*rows, Row(), Row("   ").add("esc", "key").add(" close")]


def _key_rows(keys: Sequence[Key]) -> Rows:
    """Return the keys, side by side where they are many."""
    half = len(keys) if len(keys) <= FEW else (len(keys) + 1) // 2
    rows = [Row("   ").add(each.key, "key").to(14).add(_says(each)) for each in keys[:half]]
    for row, each in zip(rows, keys[half:], strict=False):
        row.to(SECOND).add(each.key, "key").to(SECOND + 11).add(_says(each))
    return rows


def _says(key: Key) -> str:
    return key.at_length or key.does


class TooSmallModal(ModalScreen[None]):
    """Says what the terminal lacks; goes by itself once it is large enough."""

    DEFAULT_CSS = "TooSmallModal { background: ansi_default; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q,q", "app.quit", "Leave", priority=True)
    ]

    def compose(self) -> ComposeResult:
        """Yield the sentence."""
        yield Lines()

    def on_resize(self) -> None:
        """Say it for the size there is."""
        width, height = self.size
        text = (
            f"catalyst needs {COLUMNS} columns and {LINES} lines. This terminal has {width} x "
            f"{height}. Make it larger, or use the commands: catalyst --help. q leaves; a run "
            "goes on."
        )
        self.query_one(Lines).show([Row(), *wrapped(text, width - 1, most=height - 1)])
