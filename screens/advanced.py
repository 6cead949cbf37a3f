"""Options: everything in the spec that has a sound default."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import ComposeResult

from screens.drawing.answers import heading
from screens.drawing.frame import Key
from screens.drawing.rows import Row
from screens.form import StepScreen
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.lines import Lines

SOURCES = (("direct", "from this release, through SSH"), ("git", "from a Git repository"))
ISSUERS = (
    ("production", "Let's Encrypt"),
    ("staging", "its staging twin"),
    ("own", "own authority"),
)
YES_NO = (("no", "no"), ("yes", "yes"))
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
    HELP = (
        "Every answer here has a default that serves most Sovereigns. The source is where the "
        "cluster takes its bootstrap kit from; delete protection makes Hetzner refuse to remove "
        "servers until it is lifted."
    )
    DEFAULT_CSS = "AdvancedScreen #lead { height: 3; }"

    def body(self) -> ComposeResult:
        """Yield the questions."""
        get = self.wizard.get
        yield Lines(heading("What has a sound default"), id="lead")
        yield Choice("source.mode", "Kit", SOURCES, get("source.mode") or "direct")
        texts = (
            ("source.url", "Repository", "https or ssh, without a password in it.", ""),
            ("source.commit", "Commit", "All 40 digits: what is installed is pinned.", ""),
            ("source.path", "Folder", "The kit's folder inside the repository.", "."),
        )
        for name, label, hint, example in texts:
            yield Field(name, label, value=get(name) or "", hint=hint, example=example)
        yield Choice(
            "certificates.issuer",
            "Certificates",
            ISSUERS,
            get("certificates.issuer") or "production",
            "Staging and own certificates are not trusted by browsers.",
        )
        yield Choice(
            "protection.delete",
            "Protection",
            YES_NO,
            "yes" if get("protection.delete") else "no",
            "With it, Hetzner refuses to delete until the protection is lifted.",
        )

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
            value = value == "yes"
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
