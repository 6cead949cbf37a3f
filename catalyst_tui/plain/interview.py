"""The conversation: every question of the spec in its order, back and forth, then a review."""

from __future__ import annotations

from catalyst_tui.plain.asking import KEYS, Asking, Turn, confirm
from catalyst_tui.plain.cloud import Cloud
from catalyst_tui.plain.console import Console
from catalyst_tui.plain.pools import Pools
from catalyst_tui.plain.review import Review
from catalyst_tui.plain.secrets import Secrets
from catalyst_tui.plain.sheet import OPTIONS, WORKERS, Sheet, screen_of
from provisioner.spec import SovereignSpec
from screens.drawing.domain import preview
from screens.questions import question, questions, step_of
from screens.wizard import STEPS, Wizard

TOKEN = "hetzner.token"  # noqa: S105  (a name)
WIDTH = 78
NAMES = ("domain.label", "domain.fqdn")
"""After these the Sovereign's name is known."""


class Interview:
    """Leads through one draft until its answers make a spec."""

    def __init__(self, wizard: Wizard, console: Console) -> None:
        self.sheet = Sheet(wizard)
        self.cloud = Cloud(self.sheet, console)
        self._console = console
        self._asking = Asking(self.sheet, self.cloud, console)
        self._pools = Pools(self.sheet, self._asking, console)
        self.secrets = Secrets(self.sheet, console)
        self._review = Review(self.sheet, self.cloud, console)
        self._options = False
        """Whether the operator wants to see what has a sound default."""
        self._step = ""

    async def lead(self, *, resumed: bool) -> SovereignSpec:
        """Ask until everything holds, and return what it makes; raises EOFError, CatalystError."""
        await self.sheet.wizard.check()
        self._console.say(KEYS)
        stop: str | None = await self._left_at() if resumed else self._stops()[0]
        while True:
            while stop is not None:
                stop = await self._after(stop)
            stop = self._wrong() or await self._review.ask(self._stops())
            spec = self.sheet.wizard.judged.spec
            if stop is None and spec is not None:
                return spec
            while stop is not None:
                # A change at the end leads back there, by way of what it leaves open.
                following = await self._after(stop)
                stop = following if stop == OPTIONS and self._options else self._wrong()

    async def _after(self, stop: str) -> str | None:
        """Ask at one stop and return the next one, or None at the end."""
        turn = await self._ask(stop)
        # Its answer may have changed which questions have a use.
        stops = self._stops()
        at = stops.index(stop)
        if turn is Turn.BACK:
            if at == 0:
                self._console.say("This is the first question.")
            return stops[max(at - 1, 0)]
        return stops[at + 1] if at + 1 < len(stops) else None

    async def _ask(self, stop: str) -> Turn:
        self._head(_step(stop))
        if stop == WORKERS:
            return await self._pools.ask()
        if stop == OPTIONS:
            wanted = await confirm(self._console, "Change them", usual=self._options)
            self._options = self._options if wanted is None else wanted
            return Turn.BACK if wanted is None else Turn.NEXT
        if stop == TOKEN:
            return await self._asking.token(question(stop))
        while await self._asking.ask(question(stop)) is Turn.NEXT:
            if await self._follows(stop):
                return Turn.NEXT
        return Turn.BACK

    async def _follows(self, stop: str) -> bool:
        """Say and ask what follows from an answer; returns whether to go on from there."""
        if stop in NAMES:
            judged = self.sheet.wizard.judged
            for row in preview(judged.fqdn, judged.slug, WIDTH):
                self._console.say(row.plain)
            return await self.secrets.name()
        return await self.secrets.git() if stop == "source.url" else True

    def _head(self, step: str) -> None:
        if step == self._step:
            return
        self._step = step
        number = STEPS.index(step) + 1 if step in STEPS else 0
        place = f"Step {number} of {len(STEPS)}, {step.title()}. " if number else ""
        self._console.say()
        self._console.say(f"{place}{step_of(step).heading}")

    def _stops(self) -> list[str]:
        """Return where the conversation stops, in order, with the answers as they are now."""
        found = []
        for each in questions():
            name = WORKERS if each.step == "workers" else each.answers
            if each.step == "advanced" and OPTIONS not in found:
                found.append(OPTIONS)
            hidden = each.step == "advanced" and not self._options
            if name not in found and not hidden and self.sheet.applies(each):
                found.append(name)
        return found

    def _wrong(self) -> str | None:
        """Return the first stop whose answer lacks or does not hold."""
        for each in questions():
            if self.sheet.problem(WORKERS if each.step == "workers" else each.answers) is None:
                continue
            # A wrong answer among the options must be seen to be mended.
            self._options = self._options or each.step == "advanced"
            return WORKERS if each.step == "workers" else each.answers
        return None

    async def _left_at(self) -> str:
        """Return where a draft was left: at what is open in its step, or before that."""
        await self.cloud.look()
        if self.cloud.token is not None:
            await self.cloud.open()
        wrong, stops = self._wrong(), self._stops()
        reached = [s for s in stops if screen_of(_step(s)) == self.sheet.wizard.step]
        later = stops[stops.index(reached[0]) :] if reached else stops
        left = [next((s for s in later if not self._answered(s)), stops[-1])]
        left += [wrong] if wrong is not None else []
        left += [TOKEN] if self.cloud.token is None else []
        return min(left, key=stops.index)

    def _answered(self, stop: str) -> bool:
        if stop == TOKEN:
            return self.cloud.token is not None
        given = stop not in (WORKERS, OPTIONS) and self.sheet.get(stop) is not None
        return given and self.sheet.problem(stop) is None


def _step(stop: str) -> str:
    return {WORKERS: "workers", OPTIONS: "advanced"}.get(stop) or question(stop).step
