"""Domain: under which name the Sovereign is reached."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult

from screens.asking import choice, field
from screens.drawing.answers import heading, so_far
from screens.drawing.domain import preview
from screens.form import StepScreen
from screens.questions import step_of
from screens.widgets.choice import Choice
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work


class DomainScreen(StepScreen):
    """A label in a pool, or a whole name."""

    STEP = "domain"
    FIELDS: ClassVar[tuple[str, ...]] = (
        "domain.mode",
        "domain.pool",
        "domain.label",
        "domain.fqdn",
    )
    HELP = step_of(STEP).help
    DEFAULT_CSS = "DomainScreen #lead { height: 3; } DomainScreen #preview { height: 5; }"

    def body(self) -> ComposeResult:
        """Yield the questions, of which those that fit the mode are shown."""
        get = self.wizard.get
        yield Lines(heading(step_of(self.STEP).heading), id="lead")
        for name in ("domain.mode", "domain.pool"):
            yield choice(name, get(name) or "")
        for name in ("domain.label", "domain.fqdn"):
            yield field(name, get(name) or "")
        yield Lines(id="preview")
        yield Lines(id="so-far")

    def on_mount(self) -> None:
        """Ask for the pools, and show what fits the mode."""
        if not self.wizard.get("domain.mode"):
            self.wizard.put("domain.mode", "pool")
        self._fit_mode()
        super().on_mount()
        begin_work(self, self._offer_pools, "pools", "read the pools")

    async def _offer_pools(self) -> None:
        pools = await self.wizard.backend.pools()
        chosen = self.wizard.get("domain.pool")
        if self.wizard.get("domain.mode") == "pool" and chosen not in pools and pools:
            chosen = pools[0]
            self.put("domain.pool", chosen)
        offer = [(pool, pool) for pool in pools]
        self.query_one("#domain-pool", Choice).offer(offer, chosen or "")

    def _fit_mode(self) -> None:
        own = self.wizard.get("domain.mode") == "own"
        for name, shown in (("pool", not own), ("label", not own), ("fqdn", own)):
            self.query_one(f"#domain-{name}").display = shown

    def put(self, name: str, value: Any) -> None:
        """Give an answer; a change of mode takes back what belongs to the other one."""
        if name == "domain.mode" and value != self.wizard.get(name):
            self._change_mode(value)
        super().put(name, value)

    def _change_mode(self, mode: str) -> None:
        questions = {each.answers: each.value for each in self.questions()}
        own = mode == "own"
        for name in ("domain.pool", "domain.label"):
            self.wizard.put(name, None if own else questions[name])
        self.wizard.put("domain.fqdn", questions["domain.fqdn"] if own else None)
        self.wizard.put("domain.mode", mode)
        self._fit_mode()
        super().put("domain.mode", mode)
        begin_work(self, self._check, "check", "judge the answers")

    def draw(self) -> None:
        """Draw the names that come of it."""
        judged = self.wizard.judged
        self.query_one("#preview", Lines).show(preview(judged.fqdn, judged.slug, self.room))
        pane = self.query_one("#so-far", Lines)
        rows = so_far(self.wizard, self.STEP, self.room)
        pane.show(rows if pane.size.height >= len(rows) else [])
