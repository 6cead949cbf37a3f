"""Organisation: whose platform it is."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from screens.asking import field
from screens.drawing.answers import heading, slug_row, so_far
from screens.form import StepScreen
from screens.questions import step_of
from screens.widgets.lines import Lines


class OrganisationScreen(StepScreen):
    """Two questions about whom the platform is for."""

    STEP = "organisation"
    FIELDS: ClassVar[tuple[str, ...]] = ("organisation.name", "organisation.admin_email")
    HELP = step_of(STEP).help
    DEFAULT_CSS = """
    OrganisationScreen #lead { height: 3; }
    OrganisationScreen #slug { height: 2; }
    """

    def body(self) -> ComposeResult:
        """Yield the questions and what was answered so far."""
        yield Lines(heading(step_of(self.STEP).heading), id="lead")
        for name in self.FIELDS:
            yield field(name, self.wizard.get(name) or "")
        yield Lines(id="slug")
        yield Lines(id="so-far")

    def draw(self) -> None:
        """Draw what was answered so far."""
        slug = slug_row(self.wizard.get("organisation.name") or "", self.room)
        self.query_one("#slug", Lines).show([slug])
        self.query_one("#so-far", Lines).show(so_far(self.wizard, self.STEP, self.room))
