"""Ending a run by key, in two stages: each says what it does before the same key does it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from screens.drawing.frame import Key
from screens.drawing.run import cancel_words
from screens.sovereign import SovereignScreen
from screens.widgets.work import begin_work


class CancellingScreen(SovereignScreen):
    """A screen that watches a run, and can ask it to end in order, then to abandon at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cancel", "Cancel"),
        Binding("escape", "back", "Withdraw, or Home"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asked: bool | None = None
        """What the operator was asked: whether to abandon what is in flight; None for nothing."""
        self._ending = False
        """Whether the run was asked to end from here, and that is said until it has."""

    def cancel_keys(self) -> Iterable[Key]:
        """Yield the keys of the stage that is at hand."""
        if self._asked is not None:
            yield Key("x", "yes, abandon it" if self._asked else "yes, cancel")
            yield Key("esc", "no, let it end in order" if self._asked else "no, let it go on")
        elif self.view is not None and self.running() and not self.view.forced:
            yield Key("x", "abandon" if self.view.cancelling else "cancel", ("cancel",))

    def redraw(self) -> None:
        """Draw; a run that has ended meanwhile leaves nothing to ask, or to say."""
        if (self._asked is not None or self._ending) and not self.running():
            self._asked, self._ending = None, False
            self.say("")
            return
        super().redraw()

    def action_cancel(self) -> None:
        """Say what cancelling does and ask; then ask the run to end; a third time abandons."""
        view = self.view
        if not self.running() or view is None or view.forced:
            return
        if self._asked is not view.cancelling:
            self._asked = view.cancelling
            self.say(cancel_words(view, self.now()))
            return
        force, self._asked = self._asked, None
        begin_work(self, partial(self._cancel, force=force), "cancel", "ask the run to end")

    async def _cancel(self, *, force: bool) -> None:
        found = await self.face.backend.cancel(self.watched.fqdn, force=force)
        self._ending = found
        self.say("The run was asked to end." if found else "No run is at work.")

    def action_back(self) -> None:
        """Withdraw the question, or go Home."""
        if self._asked is not None:
            said = "It ends in order: what is in flight is saved." if self._asked else ""
            self._asked = None
            self.say(said or "The run goes on.", "quiet")
        else:
            self.action_home()
