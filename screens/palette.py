"""Palette: everything that can be done here, found by typing a part of its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.keys import format_key
from textual.screen import ModalScreen
from textual.widgets import Input

from screens.drawing.frame import rule
from screens.drawing.rows import Row
from screens.widgets.field import AnswerInput
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from screens.widgets.frame import FrameScreen

_KEYS = {
    "escape": "esc",
    "question_mark": "?",
    "slash": "/",
    "delete": "del",
    "pageup": "pgup",
    "pagedown": "pgdn",
}
_NOT_HERE = frozenset({"palette", "app.command_palette", "screen.copy_text"})
_LAST = ("back", "help", "leave")
"""What every screen has stands below what only this one has."""


class Deed:
    """Something that can be done now: by a key, and by choosing it here."""

    def __init__(self, key: str, does: str, action: str, node: DOMNode) -> None:
        self.key = key
        self.does = does
        self.action = action
        self.node = node


def deeds_of(screen: FrameScreen) -> list[Deed]:
    """Return what a screen and what is focused on it can do, each once."""
    found: dict[tuple[str, str], Deed] = {}
    for words, noun in screen.elsewhere():
        found[noun, words] = Deed("", words, f"go({noun!r})", screen)
    for active in screen.active_bindings.values():
        binding = active.binding
        if not (active.enabled and binding.description and binding.show):
            continue
        if binding.action in _NOT_HERE or isinstance(active.node, PickList):
            continue
        if isinstance(active.node, AnswerInput) and binding.action != "reveal":
            continue
        deed = Deed(_key(binding.key), binding.description, binding.action, active.node)
        found.setdefault((binding.action, binding.description), deed)
    return sorted(found.values(), key=lambda deed: (deed.action in _LAST, not deed.key))


def _key(name: str) -> str:
    if name in _KEYS:
        return _KEYS[name]
    if name.startswith("ctrl+"):
        return f"^{name.removeprefix('ctrl+').upper()}"
    return name.upper() if name[:1] == "f" and name[1:].isdigit() else format_key(name)


def matching(deeds: Sequence[Deed], text: str) -> list[Deed]:
    """Return the deeds in whose words all typed words stand, those that begin so first."""
    words = text.lower().split()
    found = [deed for deed in deeds if all(word in deed.does.lower() for word in words)]
    return sorted(found, key=lambda deed: not deed.does.lower().startswith(text.lower().strip()))


class PaletteModal(ModalScreen[Deed | None]):
    """A line to type in over the list of what fits."""

    DEFAULT_CSS = """
    PaletteModal { background: ansi_default; layout: vertical; }
    PaletteModal #lead { height: 2; }
    PaletteModal AnswerInput { margin-left: 3; }
    PaletteModal #list { margin-top: 1; height: 1fr; }
    PaletteModal #foot { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "dismiss(None)", "Close"),
        Binding("up", "move(-1)", "Up"),
        Binding("down", "move(1)", "Down"),
        Binding("ctrl+c,ctrl+q", "app.quit", "Leave", priority=True),
    ]

    def __init__(self, deeds: Sequence[Deed]) -> None:
        super().__init__()
        self._all = list(deeds)
        self._shown = self._all

    def compose(self) -> ComposeResult:
        """Yield the line and the list."""
        yield Lines(id="lead")
        yield AnswerInput("", example="part of what you want to do")
        yield PickList(id="list")
        yield Lines(id="foot")

    def on_mount(self) -> None:
        """Begin in the line."""
        self.query_one(AnswerInput).focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Draw for the size there is."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width = self.size.width
        title = Row(" ").add("Commands", "title").add("   of the screen below", "quiet")
        self.query_one("#lead", Lines).show([title, rule(width)])
        rows = [_row(deed) for deed in self._shown] or [Row(" ").add("Nothing fits.", "quiet")]
        self.query_one(PickList).offer(rows)
        keys = Row(" ").add("enter", "key").add(" do it   ").add("↑↓", "key").add(" choose   ")
        self.query_one("#foot", Lines).show([rule(width), keys.add("esc", "key").add(" close")])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        self._shown = matching(self._all, event.value)
        self.query_one(PickList).index = 0
        self._draw()

    def on_input_submitted(self) -> None:
        """Do what is chosen."""
        index = self.query_one(PickList).index
        if index < len(self._shown):
            self.dismiss(self._shown[index])

    def action_move(self, by: int) -> None:
        """Choose a neighbour while the cursor stays in the line."""
        self.query_one(PickList).action_move(by)


def _row(deed: Deed) -> Row:
    return Row(" ").add(deed.does).to(40).add(deed.key, "key")
