"""The name of a Sovereign: its records, who sets them, and how far the world has seen them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.facts import Outcome
from screens.drawing import naming as draw
from screens.drawing.frame import Key
from screens.sovereign import SovereignScreen
from screens.widgets.scroll import ScrollLines


class NamingScreen(SovereignScreen):
    """A page over the screen it was opened from; it changes as the run looks."""

    NOUN = "name"
    HELP = (
        "Six A records lead to the load balancer. The zone's own servers are asked first, and "
        "resolvers only once these are right, because a resolver keeps what it was told too early. "
        "The cluster becomes ready without its name; its certificate does not."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,N", "back", "Back"),
        Binding("v", "verify", "Look again"),
    ]

    def body(self) -> ComposeResult:
        """Yield the page."""
        yield ScrollLines(id="page")

    def follows_to(self, _noun: str) -> bool:
        """Stay: whoever opened this page reads it."""
        return False

    def keys(self) -> Iterable[Key]:
        """Return the keys."""
        if self.ended() is Outcome.READY:
            yield Key("v", "look again", ("dns",))
        yield Key("esc", "back")
        yield Key("h", "home")
        yield Key("?", "help")

    def aside(self) -> str:
        """Say nothing of this page itself."""
        return ""

    def draw(self) -> None:
        """Draw the page."""
        if self.view is not None:
            rows = draw.page(self.view, self.now(), self.room, list(self.keys()))
            self.query_one("#page", ScrollLines).offer(rows)

    def action_back(self) -> None:
        """Go back to where this was opened."""
        self.dismiss(None)
