"""Hand-off: the Sovereign is ready; what is true of it, and what its users are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from provisioner.errors import CatalystError
from provisioner.facts import Outcome
from provisioner.handoff import handoff, verdict
from screens.drawing import handoff as draw
from screens.drawing.frame import Key, rule
from screens.drawing.rows import Row, Rows
from screens.sovereign import SovereignScreen
from screens.widgets.lines import Lines
from screens.widgets.scroll import ScrollLines
from screens.widgets.work import begin_work


class HandoffScreen(SovereignScreen):
    """One page to keep."""

    NOUN = "handoff"
    HELP = (
        "Every line was seen by the run and stands in its journal; one that is not as it should be "
        "begins with ! and says what to do. The same page lies in the Sovereign's folder as "
        "handoff.md. The first administrator is read from the cluster when you ask for it; it is "
        "in no file, no log and no journal. P shows the passphrase of the state, which "
        "opens it on another machine, too: store it elsewhere."
    )
    DEFAULT_CSS = "HandoffScreen #standing { height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "administrator", "First administrator"),
        Binding("P", "passphrase", "Passphrase of the state"),
        Binding("v", "verify", "Look again"),
        Binding("b", "board", "Board"),
        Binding("l", "run", "Run"),
        Binding("D", "destroy", "Destroy"),
    ]

    def body(self) -> ComposeResult:
        """Yield the page."""
        yield ScrollLines(id="page")
        yield Lines(id="standing")

    def keys(self) -> Iterable[Key]:
        """Return the keys."""
        yield Key("p", "password")
        if self.ended() is Outcome.READY:
            yield Key("v", "look again", ("dns",))
        if self.query_one(ScrollLines).below:
            yield Key("↓", "more")
        yield Key("b", "board")
        yield Key("D", "destroy")
        yield Key("h", "home")
        yield Key("?", "help")
        yield Key("P", "passphrase")
        yield Key("l", "log")

    def draw(self) -> None:
        """Draw the page."""
        if self.view is None:
            return
        found = handoff(self.view)
        rows = draw.page(self.view, found, self.now(), self.room)
        self.query_one("#page", ScrollLines).offer(rows)
        row = draw.standing(found, verdict(found), self.room)
        self.query_one("#standing", Lines).show([row])

    def action_administrator(self) -> None:
        """Read the first administrator from the cluster, and show it once."""
        self.say("Reading the first administrator from the cluster.", "")
        begin_work(self, self._administrator, "administrator", "read the first administrator")

    async def _administrator(self) -> None:
        try:
            found = await self.face.backend.cluster(self.watched.fqdn).administrator()
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error, self.watched.fqdn))
            return
        self.say("", "")
        self._show(partial(draw.administrator, found, self.watched.fqdn))

    def action_passphrase(self) -> None:
        """Show the passphrase of the state, so that it can be stored elsewhere."""
        begin_work(self, self._passphrase, "passphrase", "read the passphrase of the state")

    async def _passphrase(self) -> None:
        try:
            found = await self.face.backend.passphrase(self.watched.fqdn)
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error, self.watched.fqdn))
            return
        self._show(partial(draw.passphrase, found, self.watched.fqdn))

    def _show(self, rows: Callable[[int], Rows]) -> None:
        self.app.push_screen(SecretModal(rows))

    def action_board(self) -> None:
        """Look at the cluster."""
        self.face.open("board")

    def action_run(self) -> None:
        """Look at the run and its log."""
        self.face.open("run")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        self.face.open("destroy")


class SecretModal(ModalScreen[None]):
    """A secret, for as long as somebody looks; ``rows`` draws it for a width."""

    DEFAULT_CSS = "SecretModal { background: ansi_default; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,p,P", "dismiss(None)", "Close"),
        Binding("ctrl+c,ctrl+q", "app.quit", "Leave", priority=True),
    ]

    def __init__(self, rows: Callable[[int], Rows]) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """Yield the page."""
        yield Lines()

    def on_resize(self) -> None:
        """Draw for the size there is."""
        width = self.size.width
        rows = self._rows(width)
        foot = Row("   ").add("esc", "key").add(" close")
        self.query_one(Lines).show([*rows[:1], rule(width), *rows[1:], Row(), foot])
