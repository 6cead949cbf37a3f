"""Options: everything in the spec that has a sound default."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import ComposeResult

from provisioner.errors import CatalystError
from screens.asking import choice, field
from screens.drawing.answers import heading
from screens.drawing.frame import Key
from screens.drawing.rows import Row
from screens.form import StepScreen
from screens.opening import sentence
from screens.ports import SecretState
from screens.questions import meant, question, step_of, typed
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work

_SECRET = "git.credentials"  # noqa: S105  (a name)
_OF_GIT = ("source.url", "source.commit", "source.path", _SECRET)
ASK_AFTER = 0.4
"""Seconds without a key after which a secret is kept."""


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

    def __init__(self) -> None:
        super().__init__()
        self._kept = ""
        """The token that was typed and is kept by now."""

    def body(self) -> ComposeResult:
        """Yield the questions."""
        get = self.wizard.get
        yield Lines(heading(step_of("advanced").heading), id="lead")
        for name in self.FIELDS:
            make = choice if question(name).options else field
            yield make(name, typed(get(name)))
            if name == _OF_GIT[-2]:
                yield field(_SECRET)

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
        begin_work(self, self._look, "secret", "find the Git token")

    def _fit_mode(self) -> None:
        git = self.query_one("#source-mode", Choice).value == "git"
        for name in _OF_GIT:
            self.query_one(f"#{name.replace('.', '-')}").display = git

    def put(self, name: str, value: Any) -> None:
        """Give an answer; leaving Git takes back what only Git needs."""
        if name == _SECRET:
            begin_work(self, self._keep_later, "secret", "keep the Git token")
            return
        if name == "protection.delete":
            value = meant(question(name).kind, value)
        super().put(name, value)
        if name == "source.mode":
            self._fit_mode()
            for each in self._answers():
                super().put(each.answers, each.value if value == "git" else None)

    def judge(self) -> None:
        """Show beside each question what its answer is worth."""
        for each in self._answers():
            each.judge(self.wizard.problem(each.answers))
        self.redraw()

    def _answers(self) -> Iterable[Field]:
        return (each for each in self.query(Field) if each.answers != _SECRET)

    async def _look(self) -> None:
        """Say where a token that was given already stands."""
        fqdn = self.wizard.judged.fqdn
        try:
            found = await self.wizard.backend.secrets(fqdn) if fqdn else ()
        except CatalystError as error:
            self._secret().tell(sentence(error), "")
            return
        for each in found:
            if each.name == _secret_name() and each.present:
                self._told(each)

    async def _keep_later(self) -> None:
        await asyncio.sleep(ASK_AFTER)
        await self._keep_secret()

    async def _keep_secret(self) -> bool:
        """Keep a typed token with the other secrets; returns whether none is left unkept."""
        typed, fqdn = self._secret(), self.wizard.judged.fqdn
        if typed.value in ("", self._kept):
            return True
        if not fqdn:
            typed.tell("It can be kept once the Sovereign has a name; empty it until then.", "")
            return False
        value = typed.value
        try:
            self._told(await self.wizard.backend.keep_secret(fqdn, _secret_name(), value))
        except CatalystError as error:
            typed.tell(sentence(error), "")
            return False
        self._kept = value
        return True

    def _told(self, state: SecretState) -> None:
        self._secret().tell(f"Kept in {state.kept}.", "", "ok")

    def _secret(self) -> Field:
        return self.query_one(f"#{_SECRET.replace('.', '-')}", Field)

    def action_advance(self) -> None:
        """Enter goes to the next question."""
        self.focus_next()

    def action_back(self) -> None:
        """Go back to the step this page was opened from, with nothing that is not kept."""
        wrong = self.wizard.problems(self.FIELDS)
        if wrong:
            self._point_at(wrong[0][0])
            self.say("This answer does not hold yet; the kit's source can be set back.", "warn")
            return
        begin_work(self, self._leave, "leave", "keep the Git token")

    async def _leave(self) -> None:
        if await self._keep_secret():
            self.dismiss(None)


def _secret_name() -> str:
    return _SECRET.replace(".", "_")
