"""Token: another token of the same project, where Hetzner takes that of a run no longer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from provisioner.errors import CatalystError
from provisioner.remedies import Remedy, remedy_of
from screens.asking import field
from screens.drawing.answers import heading
from screens.drawing.frame import Key
from screens.drawing.rows import Row
from screens.questions import step_of
from screens.unlocking import unlocked
from screens.widgets.field import Field
from screens.widgets.frame import FrameScreen
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from screens.sovereign import SovereignScreen

TOKEN = "hcloud_token"  # noqa: S105  (a name)


async def another_token(screen: SovereignScreen) -> bool:
    """Ask for another token; return whether there is one that Hetzner takes."""
    page = TokenScreen(screen.watched.fqdn)
    await screen.app.push_screen_wait(page)
    return page.taken


class TokenScreen(FrameScreen):
    """Asks for a token and shows it to Hetzner; ``taken`` tells whether it is kept and good."""

    DEFAULT_CSS = "TokenScreen #lead { height: 3; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "Back")]
    HELP = step_of("token").help

    def __init__(self, fqdn: str) -> None:
        super().__init__()
        self._fqdn = fqdn
        self.taken = False

    def body(self) -> ComposeResult:
        """Yield the question."""
        yield Lines(heading(step_of("token").heading), id="lead")
        yield field("hetzner.token")

    def identity(self) -> str:
        """Return whose token it is."""
        return self._fqdn

    def trail(self) -> Row:
        """Say that this page stands beside the run."""
        return Row(" ").add("Token").add("   a page beside the run", "quiet")

    def keys(self) -> Iterable[Key]:
        """Return the keys of this page."""
        yield Key("enter", "keep it and go on")
        yield Key("F3", "show what is typed")
        yield Key("esc", "back")
        yield Key("F1", "help")

    def first_draw(self) -> None:
        """Begin where the operator will type."""
        super().first_draw()
        self._field().focus_answer()

    def _field(self) -> Field:
        return self.query_one(Field)

    def on_field_changed(self, event: Field.Changed) -> None:
        """Take back what was said about an older text."""
        event.field.judge(None, mark="")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what was typed, and ask Hetzner about it."""
        event.stop()
        self._field().tell("Asking Hetzner about this token.", "", "wait")
        begin_work(self, partial(self._take, self._field().exact.strip()), "take", "keep the token")

    async def _take(self, value: str) -> None:
        backend = self.face.backend

        async def keep() -> None:
            await backend.keep_secret(self._fqdn, TOKEN, value)

        try:
            await unlocked(self.face, keep)
            problem = (await backend.probe_token(self._fqdn)).problem
        except CatalystError as error:
            problem = remedy_of(error, self._fqdn)
        if problem is not None:
            self._refused(problem)
            return
        self.taken = True
        self.dismiss(None)

    def _refused(self, remedy: Remedy) -> None:
        self._field().tell(remedy.what, remedy.action)
        self._field().focus_answer()

    def action_back(self) -> None:
        """Go back; the run stands where it stood."""
        self.dismiss(None)
