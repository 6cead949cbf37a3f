"""The frame of every screen: identity, trail, body, notice and keys, always in the same place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from screens.drawing.frame import Key, beside_rows, foot_rows, head_rows, rule
from screens.drawing.remedy import keyed
from screens.drawing.rows import Row, Rows
from screens.widgets.lines import Lines

if TYPE_CHECKING:
    from screens.ports import Face

WIDE = 110
"""Columns from which a list has its detail beside it."""


class FrameScreen(Screen[None]):
    """A screen with the house's frame; subclasses give the body, the trail and the keys."""

    DEFAULT_CSS = """
    FrameScreen { layout: vertical; background: ansi_default; color: ansi_default; }
    #head { height: 3; }
    #foot { height: auto; }
    #body { height: 1fr; width: 1fr; scrollbar-size-vertical: 0; }
    #frame { height: 1fr; }
    .beside { display: none; }
    FrameScreen.-wide .beside { display: block; }
    #help { width: 40; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help"),
        Binding("ctrl+p", "palette", "Commands", priority=True),
        Binding("ctrl+c,ctrl+q", "leave", "Leave", priority=True),
    ]
    HELP: ClassVar[str] = ""
    """What this screen is for, in some sentences."""
    HELP_BESIDE: ClassVar[bool] = True
    """Whether that stands beside the body where there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._notice = ("", "")
        self.composed = False
        """Whether every widget is there to be drawn on."""

    @property
    def face(self) -> Face:
        """The application."""
        return cast("Face", self.app)

    def compose(self) -> ComposeResult:
        """Put the body between head and foot."""
        width = self.app.size.width
        # What is known already belongs to the very first frame.
        yield Lines(self._head(width), id="head")
        with Horizontal(id="frame"):
            with Vertical(id="body"):
                yield from self.body()
            if self.HELP_BESIDE:
                yield Lines(id="help", classes="beside")
        yield Lines([rule(width), Row()], id="foot")

    def _head(self, width: int) -> Rows:
        rehearsed = self.face.backend.rehearsed
        return head_rows(self.identity(), self.trail(), width, rehearsed=rehearsed)

    def body(self) -> ComposeResult:
        """Yield the widgets between the two rules."""
        yield from ()

    def identity(self) -> str:
        """Return the name of what is shown: a Sovereign, or what is being made."""
        return ""

    def trail(self) -> Row:
        """Return the second line: where this stands on its road."""
        return Row()

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now, the most important first."""
        return ()

    def aside(self) -> str:
        """Return what stands at the right end of the keys."""
        tools = self.face.tools
        return "" if tools.ready else tools.line

    @property
    def room(self) -> int:
        """How many columns the body has."""
        return self.query_one("#body").size.width or self.size.width

    def draw(self) -> None:
        """Draw what depends on more than this screen's own widgets."""

    def redraw(self) -> None:
        """Draw everything again; only rows that changed are painted."""
        # Whoever still waits for an answer may get it when the page is being taken down.
        if not self.composed or not self.display:
            return
        width = self.size.width
        self.query_one("#head", Lines).show(self._head(width))
        keys, (said, role) = list(self.keys()), self._notice
        foot = foot_rows((keyed(said, keys), role), keys, self.aside(), width)
        pane = self.query_one("#foot", Lines)
        if len(pane.rows) != len(foot):
            # The body has another height then, and must be drawn for it.
            self.call_after_refresh(self.redraw)
        pane.show(foot)
        if self.HELP_BESIDE and width >= WIDE:
            pane = self.query_one("#help", Lines)
            pane.show(beside_rows(self.HELP, pane.size.width, pane.size.height))
        self.draw()

    def say(self, text: str, role: str = "warn") -> None:
        """Say one sentence in the lower rule, until the next one."""
        self._notice = (text, role)
        self.redraw()

    def on_mount(self) -> None:
        """Draw as soon as there is a size."""
        self.call_after_refresh(self.first_draw)

    def first_draw(self) -> None:
        """Draw for the first time."""
        self.composed = True
        self.redraw()

    def on_scroll_lines_moved(self) -> None:
        """Say anew what stands below, and what the keys do there."""
        self.redraw()

    def on_fitted_lines_resized(self) -> None:
        """Draw for the height that a pane has by now."""
        self.redraw()

    def on_resize(self, _event: events.Resize) -> None:
        """Draw for the new size, once the widgets have theirs."""
        self.call_after_refresh(self.redraw)

    def action_leave(self) -> None:
        """End the viewer."""
        self.face.leave()

    def action_help(self) -> None:
        """Show what the keys do."""
        from screens.help import HelpModal

        self.app.push_screen(HelpModal(self.HELP, list(self.keys())))

    def elsewhere(self) -> Iterable[tuple[str, str]]:
        """Yield where else one can go from here: words, and the noun of a screen."""
        yield "Go Home", "home"

    def action_go(self, noun: str) -> None:
        """Go to another screen."""
        self.face.open(noun)

    def action_palette(self) -> None:
        """Show everything that can be done here, to be found by typing."""
        from screens.palette import Deed, PaletteModal, deeds_of

        async def chosen(deed: Deed | None) -> None:
            if deed is not None:
                await self.app.run_action(deed.action, deed.node)

        self.app.push_screen(PaletteModal(deeds_of(self)), chosen)
