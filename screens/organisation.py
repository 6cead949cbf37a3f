"""Organisation: whose platform it is."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from screens.drawing.answers import heading, so_far
from screens.form import StepScreen
from screens.widgets.field import Field
from screens.widgets.lines import Lines


class OrganisationScreen(StepScreen):
    """Two questions about whom the platform is for."""

    STEP = "organisation"
    FIELDS: ClassVar[tuple[str, ...]] = ("organisation.name", "organisation.admin_email")
    HELP = (
        "The name stands on the hand-off page and on Hetzner's labels. The address is the contact "
        "of the certificate authority and of the platform itself."
    )
    DEFAULT_CSS = """
    OrganisationScreen #lead { height: 3; }
    """

    def body(self) -> ComposeResult:
        """Yield the questions and what was answered so far."""
        yield Lines(heading("Whose platform is it?"), id="lead")
        yield Field(
            "organisation.name",
            "Name",
            value=self.wizard.get("organisation.name") or "",
            hint="As people write it.",
            example="Sultanate of Oman",
        )
        yield Field(
            "organisation.admin_email",
            "Admin e-mail",
            value=self.wizard.get("organisation.admin_email") or "",
            hint="Certificate authorities and the platform write here.",
            example="ops@example.org",
        )
        yield Lines(id="so-far")

    def draw(self) -> None:
        """Draw what was answered so far."""
        self.query_one("#so-far", Lines).show(so_far(self.wizard, self.STEP, self.room))
