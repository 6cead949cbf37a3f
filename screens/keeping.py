"""Keeping: where a Sovereign's secrets are kept, and moving them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from screens.drawing.answers import heading
from screens.drawing.credentials import kept_rows, rung_row
from screens.drawing.frame import Key
from screens.drawing.rows import Row, wrapped
from screens.ports import Keeping, SecretState
from screens.questions import step_of
from screens.unlocking import ask_password
from screens.widgets.frame import FrameScreen
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList
from screens.widgets.work import begin_work


class KeepingScreen(FrameScreen):
    """The stores that this machine has, best first; Enter moves the secrets into one."""

    HELP = step_of("keeping").help
    DEFAULT_CSS = """
    KeepingScreen #lead { height: 3; }
    KeepingScreen #rungs { height: auto; }
    KeepingScreen #kept { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "Back")]

    def __init__(self, fqdn: str) -> None:
        super().__init__()
        self._fqdn = fqdn
        self._keeping = Keeping(rungs=())
        self._secrets: tuple[SecretState, ...] = ()

    def body(self) -> ComposeResult:
        """Yield the stores, what is where now, and what that means."""
        yield Lines(heading(step_of("keeping").heading), id="lead")
        yield PickList(id="rungs")
        yield Lines(id="kept")
        yield Lines(id="why")

    def identity(self) -> str:
        """Return the name that is being made."""
        return self._fqdn

    def trail(self) -> Row:
        """Say that this page stands beside the steps."""
        return Row(" ").add("Secrets").add("   a page beside the steps", "quiet")

    def keys(self) -> Iterable[Key]:
        """Return the keys of this page."""
        yield Key("↑↓", "choose")
        yield Key("enter", "keep them there")
        yield Key("esc", "done")
        yield Key("F1", "help")

    def first_draw(self) -> None:
        """Look where secrets stand."""
        super().first_draw()
        self.query_one(PickList).focus()
        begin_work(self, self._look, "secrets", "find the secrets")

    async def _look(self) -> None:
        backend = self.face.backend
        self._keeping = await backend.keeping(self._fqdn)
        self._secrets = await backend.secrets(self._fqdn)
        self.redraw()

    def _rungs(self) -> list[str]:
        rungs = list(self._keeping.rungs)
        if self._keeping.vault in ("absent", "closed"):
            # Memory is what is left when there is nothing else.
            rungs.insert(max(len(rungs) - 1, 0), "vault")
        return rungs

    def draw(self) -> None:
        """Draw the stores and what they hold."""
        rungs = self._rungs()
        rows = [rung_row(each, self._keeping.vault, self.room) for each in rungs]
        self.query_one(PickList).offer(rows)
        self.query_one("#kept", Lines).show(kept_rows(self._secrets, self.room, change=False))
        why = wrapped(self.HELP, min(self.room, 90) - 3, indent=3, role="quiet")
        self.query_one("#why", Lines).show([Row(), *why])

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Move the secrets."""
        begin_work(self, partial(self._move, self._rungs()[event.index]), "move", "move secrets")

    async def _move(self, rung: str) -> None:
        if rung not in self._keeping.rungs and not await ask_password(self.face, self._fqdn):
            return
        try:
            await self.face.backend.keep_at(self._fqdn, rung)
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error), "bad")
            return
        await self._look()
        self.say("Moved; the other stores hold no copy.", "quiet")

    def action_back(self) -> None:
        """Go back to Credentials."""
        self.dismiss(None)
