"""Run: phases, resources and log of the run that is at work."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from provisioner.facts import Outcome
from screens.drawing import run as draw
from screens.drawing.frame import Key, rule
from screens.drawing.rows import Row, Rows, wrapped
from screens.logs.parsing import parse
from screens.logs.store import LogStore
from screens.sovereign import SovereignScreen
from screens.widgets.lines import Lines
from screens.widgets.log_pane import LogPane
from screens.widgets.work import begin_work

_GOES_ON = (Outcome.FAILED, Outcome.CANCELLED, Outcome.NEEDS_DECISION, Outcome.INCOMPLETE)


class RunScreen(SovereignScreen):
    """What the runner does now; a viewer only."""

    HELP_BESIDE = False
    NOUN = "run"
    HELP = (
        "The run is a process of its own: closing this program, or losing the connection, changes "
        "nothing about it. x asks it to end: what is in flight is finished first."
    )
    DEFAULT_CSS = """
    RunScreen #activity { height: 3fr; }
    RunScreen #between { height: 2; }
    RunScreen #log { height: 2fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow"),
        Binding("x", "cancel", "Cancel"),
        Binding("r", "resume", "Resume"),
        Binding("b", "board", "Board"),
        Binding("D", "destroy", "Destroy"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._store = LogStore()
        self._asked = False
        """Whether the operator asked to cancel once."""

    def body(self) -> ComposeResult:
        """Yield what is done, and the log."""
        yield Lines(id="activity")
        yield Lines(id="between")
        yield LogPane(self._store, id="log")

    def on_mount(self) -> None:
        """Begin to read the log."""
        super().on_mount()
        self.query_one(LogPane).focus()
        begin_work(self, self._read, "log", "read the log")

    async def _read(self) -> None:
        pane = self.query_one(LogPane)
        async for batch in self.face.backend.logs(self.watched.fqdn):
            pane.add([parse(batch.source, line) for line in batch.lines])

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        following = self._store.following
        if self.running():
            yield Key("f", "pause log" if following else "follow log")
            yield Key("x", "cancel" if not self._asked else "cancel: sure?")
        elif self.ended() in _GOES_ON or self.watched.lost is not None:
            yield Key("r", "resume")
        if self.view is not None and self.view.components:
            yield Key("b", "board")
        if not self.running() and self.view is not None and self.view.rented_since:
            yield Key("D", "destroy")
        yield Key("d", "detach")
        yield Key("h", "home")
        yield Key("?", "help")

    def draw(self) -> None:
        """Draw what is done and the line between."""
        width = self.size.width
        top, between = self.query_one("#activity", Lines), self.query_one("#between", Lines)
        view, now = self.view, self.now()
        if view is None:
            top.show(self._lost(width) or [Row(" ").add("Reading the journal.", "quiet")])
            return
        rows = draw.activity_rows(view, now, width, max(top.size.height, 1))
        if view.outcome is None and self.watched.lost is not None:
            rows = self._lost(width)
        top.show(rows)
        foot = draw.foot_row(view, now, width, running=self.running())
        between.show([foot, rule(width)])
        self.query_one(LogPane).redraw()

    def _lost(self, width: int) -> Rows:
        remedy = self.watched.lost
        if remedy is None:
            return []
        rows = [Row(" ").add("! The run ended without a word", "warn"), Row()]
        for text in (remedy.what, remedy.means, remedy.action):
            rows += wrapped(text, width - 2, indent=3, most=3)
        return rows

    def action_follow(self) -> None:
        """Stop the log, or let it run on."""
        self.query_one(LogPane).toggle()
        self.redraw()

    def action_cancel(self) -> None:
        """Ask for a second press, then ask the run to end; a third one abandons what is going."""
        view = self.view
        if not self.running() or view is None:
            return
        if not self._asked:
            self._asked = True
            what = "x again cancels: what is in flight is finished, what is rented stays rented."
            if view.cancelling:
                what = "x again abandons what is in flight; resume or destroy sorts it out."
            self.say(what)
            return
        self._asked = False
        begin_work(
            self, partial(self._cancel, force=view.cancelling), "cancel", "ask the run to end"
        )

    async def _cancel(self, *, force: bool) -> None:
        found = await self.face.backend.cancel(self.watched.fqdn, force=force)
        self.say("The run was asked to end." if found else "No run is at work.")

    def action_resume(self) -> None:
        """Start a runner that goes on from what exists."""
        if not self.running():
            self.say("Starting a runner that goes on from what exists.", "quiet")
            begin_work(self, self._resume, "resume", "go on with the run")

    async def _resume(self) -> None:
        try:
            await self.face.backend.resume(self.watched.fqdn)
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error), "bad")
            return
        self.face.watch_sovereign(self.watched.fqdn)

    def action_board(self) -> None:
        """Look at the cluster."""
        if self.view is not None and self.view.components:
            self.face.open("board")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        if not self.running():
            self.face.open("destroy")
