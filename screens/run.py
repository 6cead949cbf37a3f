"""Run: phases, resources and log of the run that is at work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.facts import Outcome
from screens.cancelling import CancellingScreen
from screens.drawing import run as draw
from screens.drawing.frame import Key
from screens.drawing.remedy import keyed_rows
from screens.drawing.rows import Row, Rows
from screens.logged import LoggedScreen
from screens.sovereign import GOES_ON
from screens.watched import noun_of
from screens.widgets.lines import FittedLines, Lines
from screens.widgets.log_view import LogView
from screens.widgets.work import begin_work


class RunScreen(CancellingScreen, LoggedScreen):
    """What the runner does now; a viewer only."""

    HELP_BESIDE = False
    NOUN = "run"
    HELP = (
        "The run is a process of its own: closing this program, or losing the connection, changes "
        "nothing about it. x asks it to end: what is in flight is finished first. The log shows "
        "its newest 10,000 lines; all of them are in the Sovereign's folder."
    )
    DEFAULT_CSS = """
    RunScreen #activity { height: 3fr; }
    RunScreen #between { height: 1; }
    RunScreen #log { height: 2fr; min-height: 7; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "resume", "Resume"),
        Binding("t", "token", "Another token"),
        Binding("c", "decide", "Decide"),
        Binding("e", "edit", "Edit the answers"),
        Binding("o", "handoff", "Hand-off"),
        Binding("b", "board", "Board"),
        Binding("D", "destroy", "Destroy"),
    ]

    def body(self) -> ComposeResult:
        """Yield what is done, and the log."""
        yield FittedLines(id="activity")
        yield Lines(id="between")
        yield LogView(id="log")

    def on_mount(self) -> None:
        """Begin to read the log."""
        super().on_mount()
        self.query_one(LogView).pane.focus()
        begin_work(self, self._read, "log", "read the log")

    def first_draw(self) -> None:
        """Draw, and ask at once what was begun on another screen."""
        super().first_draw()
        if self.watched.asks_to_cancel:
            self.watched.asks_to_cancel = False
            self.action_cancel()

    async def _read(self) -> None:
        log = self.query_one(LogView)
        async for batch in self.face.backend.logs(self.watched.fqdn):
            log.store.add(batch.said)
            await self.take(log, batch.source, batch.lines, batch.at)

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        yield from self.cancel_keys()
        if not self.running():
            yield from self._next()
        if self.view is not None and self.view.components:
            yield Key("b", "board", ("describe", "logs"))
        if not self.running() and self.view is not None and self.view.rented_since:
            yield Key("D", "destroy", ("destroy",))
        yield Key("?", "help")
        yield Key("d", "detach")
        yield Key("h", "home")
        yield from self.query_one(LogView).keys()

    def _next(self) -> Iterable[Key]:
        """Yield what goes on from where the run ended."""
        if self.ended() is Outcome.NEEDS_DECISION:
            yield Key("c", "decide", ("apply",))
        elif self.wants_token():
            yield Key("t", "give a token", ("resume", "destroy"))
        elif self.ended() in GOES_ON or self.watched.lost is not None:
            yield Key("r", "resume", ("resume", "plan"))
            yield Key("e", "edit", ("edit",))
        elif self.ended() is Outcome.READY:
            yield Key("o", "hand-off", ("handoff",))

    def draw(self) -> None:
        """Draw what is done and the line between."""
        width = self.size.width
        top, between = self.query_one("#activity", Lines), self.query_one("#between", Lines)
        view, now = self.view, self.now()
        if view is None:
            top.show(self._lost(width) or [Row(" ").add("Reading the journal.", "quiet")])
            return
        rows = draw.activity_rows(view, now, width, max(top.size.height, 1), list(self.keys()))
        if view.outcome is None and self.watched.lost is not None:
            rows = self._lost(width)
        top.show(rows)
        between.show([draw.foot_row(view, now, width, running=self.running())])
        self.query_one(LogView).redraw()

    def _lost(self, width: int) -> Rows:
        remedy = self.watched.lost
        if remedy is None:
            return []
        rows = [Row(" ").add("! The run ended without a word", "warn"), Row()]
        for text in (remedy.what, remedy.means, remedy.action):
            rows += keyed_rows(text, list(self.keys()), width - 2, indent=3, most=3)
        return rows

    def action_decide(self) -> None:
        """Go where the decision is made that the run needs."""
        if self.view is not None and self.ended() is Outcome.NEEDS_DECISION:
            self.face.open(noun_of(self.view))

    def action_board(self) -> None:
        """Look at the cluster."""
        if self.view is not None and self.view.components:
            self.face.open("board")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        if not self.running():
            self.face.open("destroy")
