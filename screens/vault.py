"""Vault: the password of the file that keeps secrets where there is no keyring."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from provisioner.errors import CatalystError
from screens.asking import field
from screens.drawing.answers import heading
from screens.drawing.frame import Key
from screens.drawing.rows import Row, wrapped
from screens.questions import step_of
from screens.widgets.field import Field
from screens.widgets.frame import FrameScreen
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work

SHORTEST = 8
"""Characters of a new password; the derivation makes guessing dear, not short words safe."""


class VaultScreen(FrameScreen):
    """Asks for a password, twice where the vault is new; ``opened`` tells whether it opened."""

    DEFAULT_CSS = """
    VaultScreen #lead { height: 3; }
    VaultScreen Field { margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("up", "app.focus_previous", "Previous field"),
        Binding("down", "app.focus_next", "Next field"),
    ]
    HELP_BESIDE = False

    def __init__(self, *, new: bool) -> None:
        super().__init__()
        self._step = step_of("vault-new" if new else "vault-open")
        self._names = ["vault.password", "vault.again"] if new else ["vault.password"]
        self.HELP = self._step.help  # type: ignore[misc]  # it depends on what is asked
        self.opened = False

    def body(self) -> ComposeResult:
        """Yield the questions and what the password is for."""
        yield Lines(heading(self._step.heading), id="lead")
        for name in self._names:
            yield field(name)
        yield Lines(id="why")

    def trail(self) -> Row:
        """Say that this page stands beside the road."""
        return Row(" ").add("Vault").add("   asked once each time the program starts", "quiet")

    def keys(self) -> Iterable[Key]:
        """Return the keys of this page."""
        yield Key("enter", "open" if len(self._names) == 1 else "make it")
        yield Key("F3", "show what is typed")
        yield Key("esc", "back")
        yield Key("F1", "help")

    def first_draw(self) -> None:
        """Begin where the operator will type."""
        super().first_draw()
        self._fields()[0].focus_answer()

    def _fields(self) -> list[Field]:
        return list(self.query(Field))

    def draw(self) -> None:
        """Draw what the password is for."""
        rows = wrapped(self._step.help, min(self.room, 90) - 3, indent=3, role="quiet")
        self.query_one("#why", Lines).show(rows)

    def on_field_changed(self, event: Field.Changed) -> None:
        """Take back what was said about an older text."""
        event.field.judge(None, mark="")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the second question, or try the password."""
        event.stop()
        first, last = self._fields()[0], self._fields()[-1]
        password = first.exact
        if len(self._names) > 1 and len(password) < SHORTEST:
            first.tell(f"A new password has at least {SHORTEST} characters.", "Type a longer one.")
            first.focus_answer()
        elif first is not last and first.active:
            last.focus_answer()
        elif first is not last and password != last.exact:
            last.tell("The two are not the same.", "Type the same password twice.")
            last.focus_answer()
        else:
            last.tell("Opening the vault.", "", "wait")
            begin_work(self, partial(self._open, password), "open", "open the vault")

    async def _open(self, password: str) -> None:
        try:
            await self.face.backend.open_vault(password)
        except CatalystError as error:
            from provisioner.remedies import remedy_of

            remedy = remedy_of(error)
            self._fields()[-1].tell(remedy.what, remedy.action)
            self._fields()[0].focus_answer()
            return
        self.opened = True
        self.dismiss(None)

    def action_back(self) -> None:
        """Go back; nothing was opened."""
        self.dismiss(None)
