"""Hand-off: the Sovereign is ready; what is true of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.drawing.frame import Key
from screens.drawing.handoff import page
from screens.sovereign import SovereignScreen
from screens.widgets.lines import Lines


class HandoffScreen(SovereignScreen):
    """One page to keep."""

    NOUN = "handoff"
    HELP = "Every line here was seen by the run, and stands in its journal."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "board", "Board"),
        Binding("l", "run", "Run"),
        Binding("D", "destroy", "Destroy"),
    ]

    def body(self) -> ComposeResult:
        """Yield the page."""
        yield Lines(id="page")

    def keys(self) -> Iterable[Key]:
        """Return the keys."""
        yield Key("b", "board")
        yield Key("l", "run and log")
        yield Key("D", "destroy")
        yield Key("h", "home")
        yield Key("q", "leave")
        yield Key("?", "help")

    def draw(self) -> None:
        """Draw the page."""
        if self.view is not None:
            rows = page(self.view, self.now(), self.room)
            self.query_one("#page", Lines).show(rows)

    def action_board(self) -> None:
        """Look at the cluster."""
        self.face.open("board")

    def action_run(self) -> None:
        """Look at the run and its log."""
        self.face.open("run")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        self.face.open("destroy")
