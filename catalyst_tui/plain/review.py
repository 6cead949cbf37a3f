"""The end of the conversation: all answers, what they cost, what speaks against them."""

from __future__ import annotations

from collections.abc import Sequence

from catalyst_tui.plain.asking import BACK
from catalyst_tui.plain.cloud import Cloud
from catalyst_tui.plain.console import Console
from catalyst_tui.plain.pools import said
from catalyst_tui.plain.sheet import OPTIONS, WORKERS, Sheet
from provisioner.errors import CatalystError
from provisioner.facts import Finding, Severity
from screens.drawing.sizing import cost_rows
from screens.opening import sentence
from screens.questions import question, questions, typed

WIDTH = 78
PROMPT = "Write them [go on]: "
KEYS = "Enter writes the answers; a number changes that answer."
BLOCKED = "What speaks against it stays true in the file; `catalyst plan` refuses it too."
SECRET = "kept apart; never in the answers"  # noqa: S105  (a sentence)
EMPTY = "none"


class Review:
    """Shows everything once more."""

    def __init__(self, sheet: Sheet, cloud: Cloud, console: Console) -> None:
        self._sheet = sheet
        self._cloud = cloud
        self._console = console

    async def ask(self, stops: Sequence[str]) -> str | None:
        """Return the stop that the operator wants to change, or None where all is well."""
        self._console.say()
        self._console.say("Review. This is what you answered:")
        for number, stop in enumerate(stops, 1):
            self._console.say(f"  {number}  {self._line(stop, stops)}")
        await self._price()
        found = await self._cloud.against("")
        self._tell(found)
        self._console.say(KEYS)
        while True:
            text = (await self._console.read(PROMPT)).strip()
            if not text:
                return None
            if text == BACK:
                return stops[-1]
            if text.isdecimal() and 1 <= int(text[:4]) <= len(stops):
                return stops[int(text[:4]) - 1]
            self._console.say(f"There is no such answer. {KEYS}")

    def _line(self, stop: str, stops: Sequence[str]) -> str:
        if stop == WORKERS:
            return f"Workers: {'; '.join(map(said, self._sheet.pools)) or EMPTY}"
        if stop == OPTIONS:
            titles = ", ".join(each.title for each in questions("advanced") if not each.when)
            return f"Options: {titles}"
        asked = question(stop)
        singles = [question(each) for each in stops if each not in (WORKERS, OPTIONS)]
        alone = [each.title for each in singles].count(asked.title) == 1
        title = asked.title if alone else f"{asked.step.title()}, {asked.title}"
        if asked.kind == "secret":
            return f"{title}: {SECRET}"
        return f"{title}: {typed(self._sheet.get(stop)) or asked.usual or EMPTY}"

    async def _price(self) -> None:
        try:
            price = await self._sheet.wizard.backend.estimate(self._sheet.wizard.answers)
        except CatalystError as error:
            self._console.say(sentence(error))
            return
        if price is not None:
            for row in cost_rows(price, WIDTH):
                self._console.say(" ".join(row.plain.split()))

    def _tell(self, found: Sequence[Finding]) -> None:
        for each in found:
            name = f"{each.field}: " if each.field else ""
            mark = "Wrong" if each.severity is Severity.BLOCKING else "Mind"
            self._console.say(f"{mark}: {name}{each.reason} {each.remedy}")
        if any(each.severity is Severity.BLOCKING for each in found):
            self._console.say(BLOCKED)
