"""Difference: a plan that does or costs more than was confirmed; the operator's word is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.agreeing import AgreeingScreen
from screens.drawing import difference as draw
from screens.drawing.frame import Key, rule
from screens.drawing.review import HASH
from screens.drawing.rows import Row
from screens.widgets.field import AnswerInput
from screens.widgets.lines import FittedLines, Lines


class DifferenceScreen(AgreeingScreen):
    """The new plan beside the confirmed one; agreed to as a plan is agreed to in Review."""

    HELP_BESIDE = False
    NOUN = "difference"
    AUTO_FOCUS = ""
    HELP = (
        "A run that goes on plans again from what exists. As long as that only completes what you "
        "confirmed, at no higher price, it goes on by itself; here it does more, so it asks. To "
        "agree, type the first four characters of the plan's hash; in a rehearsal press a twice."
    )
    DEFAULT_CSS = """
    DifferenceScreen #what { height: 1fr; }
    DifferenceScreen #ask { height: 2; }
    DifferenceScreen #typed { height: 1; width: 12; margin-left: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "agree", "Agree"),
        Binding("l", "run", "Run"),
        Binding("D", "destroy", "Destroy"),
    ]

    def body(self) -> ComposeResult:
        """Yield the difference and the question."""
        yield FittedLines(id="what")
        yield Lines(id="ask")
        typed = AnswerInput("", example="hash", id="typed")
        typed.display = not self.face.backend.rehearsed
        yield typed

    def first_draw(self) -> None:
        """Begin where the hash is typed, where one is asked for."""
        super().first_draw()
        typed = self.query_one("#typed", AnswerInput)
        if typed.display:
            typed.focus()

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        if self.face.backend.rehearsed:
            yield Key("a", "yes, apply it" if self._asked else "agree")
            yield Key("?", "help")
            yield Key("l", "run and log")
            yield Key("D", "destroy")
            yield Key("h", "home")
        else:
            yield Key("enter", "apply, once the hash stands there")
            yield Key("esc", "home")
            yield Key("F1", "help")

    def draw(self) -> None:
        """Draw the difference."""
        view, plan, width = self.view, self._planned(), self.size.width
        what, ask = self.query_one("#what", Lines), self.query_one("#ask", Lines)
        if view is None or plan is None:
            return
        what.show(draw.difference_rows(view, plan, width, max(what.size.height, 1)))
        row = Row(" ")
        if self.face.backend.rehearsed:
            row.add("a", "key").add(" twice agrees to this plan.")
            row.add(" Nothing is rented." if view.rented_since is None else "")
        else:
            row.add("To agree and have exactly this plan applied, type ")
            row.add(plan.sha256[:HASH], "strong").add(" and press enter:")
        ask.show([rule(width), row])

    def action_run(self) -> None:
        """Look at the run and its log."""
        self.face.open("run")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        self.face.open("destroy")
