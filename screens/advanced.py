"""Options: everything in the spec that has a sound default."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import ComposeResult

from screens.asking import choice, field
from screens.drawing.answers import heading
from screens.drawing.frame import Key
from screens.drawing.rows import Row
from screens.form import StepScreen
from screens.questions import meant, question, step_of, typed
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.lines import Lines

_OF_GIT = ("source.url", "source.commit", "source.path")


class AdvancedScreen(StepScreen):
    """Source, certificates, protection."""

    STEP = "review"
    FIELDS: ClassVar[tuple[str, ...]] = (
        "source.mode",
        "source.url",
        "source.commit",
        "source.path",
        "certificates.issuer",
        "protection.delete",
    )
    HELP = step_of("advanced").help
    DEFAULT_CSS = "AdvancedScreen #lead { height: 3; }"

    def body(self) -> ComposeResult:
        """Yield the questions."""
        get = self.wizard.get
        yield Lines(heading(step_of("advanced").heading), id="lead")
        for name in self.FIELDS:
            make = choice if question(name).options else field
            yield make(name, typed(get(name)))

    def trail(self) -> Row:
        """Say that this page stands beside the road."""
        return Row(" ").add("Options").add("   a page beside the steps", "quiet")

    def keys(self) -> Iterable[Key]:
        """Return the keys of this page."""
        yield Key("esc", "done")
        yield Key("↑↓", "field")
        yield Key("←→", "choose")
        yield Key("F1", "help")

    def _begin(self) -> None:
        self._fit_mode()
        self.judge()
        self.focus_field("source.mode")

    def _fit_mode(self) -> None:
        git = self.query_one("#source-mode", Choice).value == "git"
        for name in _OF_GIT:
            self.query_one(f"#{name.replace('.', '-')}").display = git

    def put(self, name: str, value: Any) -> None:
        """Give an answer; leaving Git takes back what only Git needs."""
        if name == "protection.delete":
            value = meant(question(name).kind, value)
        super().put(name, value)
        if name == "source.mode":
            self._fit_mode()
            for each in self.query(Field):
                super().put(each.answers, each.value if value == "git" else None)

    def action_advance(self) -> None:
        """Enter goes to the next question."""
        self.focus_next()

    def action_back(self) -> None:
        """Go back to the step this page was opened from."""
        wrong = self.wizard.problems(self.FIELDS)
        if wrong:
            self._point_at(wrong[0][0])
            self.say("This answer does not hold yet; the kit's source can be set back.", "warn")
            return
        self.dismiss(None)
