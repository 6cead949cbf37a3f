"""Export: the answers as a file, and the commands that do the same as the screens."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from provisioner.errors import CatalystError
from provisioner.exporting import SCHEMA, commands
from screens.asking import field
from screens.drawing.answers import heading
from screens.drawing.frame import Key
from screens.drawing.rows import Row, wrapped
from screens.opening import sentence
from screens.ports import Answers
from screens.questions import question, step_of
from screens.widgets.field import Field
from screens.widgets.frame import FrameScreen
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from provisioner.spec import SovereignSpec


class ExportScreen(FrameScreen):
    """Asks for a file's name; ``sha256`` names the plan that is looked at, if there is one."""

    HELP = step_of("export").help
    DEFAULT_CSS = """
    ExportScreen #lead { height: 3; }
    ExportScreen #commands { height: auto; margin-top: 1; }
    ExportScreen #why { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "Back")]
    HELP_BESIDE = False

    def __init__(self, answers: Answers, sha256: str = "SHA256") -> None:
        super().__init__()
        self._answers = answers
        self._sha256 = sha256
        self._spec: SovereignSpec | None = None

    def body(self) -> ComposeResult:
        """Yield the question, the commands, and what the file is good for."""
        yield Lines(heading(step_of("export").heading), id="lead")
        yield field("export.path", question("export.path").example)
        yield Lines(id="commands")
        yield Lines(id="why")

    def identity(self) -> str:
        """Return the name whose answers these are."""
        return self._spec.fqdn if self._spec is not None else ""

    def trail(self) -> Row:
        """Say that this page stands beside the steps."""
        return Row(" ").add("Answers").add("   as a file, and as commands", "quiet")

    def keys(self) -> Iterable[Key]:
        """Return the keys of this page."""
        yield Key("enter", "write the file")
        yield Key("esc", "back")
        yield Key("F1", "help")

    def first_draw(self) -> None:
        """Begin at the name."""
        super().first_draw()
        self.query_one(Field).focus_answer()
        begin_work(self, self._judge, "judge", "judge the answers")

    async def _judge(self) -> None:
        self._spec = (await self.face.backend.check(self._answers)).spec
        self.redraw()

    def on_field_changed(self) -> None:
        """Show the commands for the name as it is."""
        self.redraw()

    def draw(self) -> None:
        """Draw the commands and what the file is good for."""
        path = Path(self.query_one(Field).value or question("export.path").example)
        rows = [Row("   ").add("The same by commands", "title")]
        if self._spec is not None:
            rehearsed = self.face.backend.rehearsed
            found = commands(path, self._spec, rehearsed=rehearsed, sha256=self._sha256)
            for each in found:
                rows += wrapped(each, self.room - 2, indent=5, most=3)
        self.query_one("#commands", Lines).show(rows)
        text = f"{self.HELP} {SCHEMA} is the schema's name."
        why = wrapped(text, min(self.room, 90) - 3, indent=3, role="quiet")
        self.query_one("#why", Lines).show(why)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write the file."""
        event.stop()
        path = self.query_one(Field).value or question("export.path").example
        begin_work(self, partial(self._write, path), "export", "write the answers")

    async def _write(self, path: str) -> None:
        asked = self.query_one(Field)
        try:
            await self.face.backend.export(self._answers, path)
        except CatalystError as error:
            asked.tell(sentence(error), "")
            return
        asked.tell(f"Written to {path}, and {SCHEMA} beside it.", "", "ok")

    def action_back(self) -> None:
        """Go back to Review."""
        self.dismiss(None)
