"""Domain: under which name the Sovereign is reached."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from provisioner.spec import label_of
from screens.asking import choice, field
from screens.drawing.answers import heading, so_far
from screens.drawing.domain import NEEDS_KEY, POOL_KEYS, name_said, preview
from screens.drawing.frame import Key
from screens.form import StepScreen
from screens.opening import sentence
from screens.ports import NameReport
from screens.questions import step_of
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work

COPY = "For another name, copy it: c on Home."
ASK_AFTER = 0.4
"""Seconds without a key after which reality is asked."""
PATIENCE = 4.0
"""Seconds that Enter waits for an answer; whoever is slower does not keep the operator."""


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
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "propose", "Take the proposed label")]
    DEFAULT_CSS = """
    DomainScreen #lead { height: 3; }
    DomainScreen #preview { height: 5; }
    DomainScreen #dynadot-key, DomainScreen #dynadot-secret { display: none; margin-bottom: 0; }
    DomainScreen #dynadot-secret { margin-bottom: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._report: NameReport | None = None
        self._asking = False

    def body(self) -> ComposeResult:
        """Yield the questions, of which those that fit the mode are shown."""
        get = self.wizard.get
        yield Lines(heading(step_of(self.STEP).heading), id="lead")
        for name in ("domain.mode", "domain.pool"):
            yield choice(name, get(name) or "")
        for name in ("domain.label", "domain.fqdn", *POOL_KEYS):
            yield field(name, (get(name) or "") if name not in POOL_KEYS else "")
        yield Lines(id="preview")
        yield Lines(id="so-far")

    def on_mount(self) -> None:
        """Ask for the pools, and show what fits the mode."""
        if not self.wizard.get("domain.mode"):
            self.wizard.put("domain.mode", "pool")
        self._fit_mode()
        super().on_mount()
        begin_work(self, self._offer_pools, "pools", "read the pools")
        begin_work(self, self._ask_name, "name", "ask about the name")

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
        self._fit_keys()

    def _fit_keys(self) -> None:
        """Ask for the pool's key while it is what keeps the label from being checked."""
        codes = {each.code for each in self._report.findings} if self._report else set()
        asks = self.wizard.get("domain.mode") == "pool" and bool(codes & NEEDS_KEY)
        if not asks and any(each.active for each in self._key_fields()):
            # Whoever gave the key goes back to what it was for.
            self.query_one("#domain-label", Field).focus_answer()
        for each in self._key_fields():
            each.display = asks

    def keys(self) -> Iterable[Key]:
        """Return the keys of this step."""
        first, *others = super().keys()
        yield first
        if self._proposed():
            yield Key("F5", f"take {self._proposed()}")
        yield from others

    def _proposed(self) -> str:
        """Return the label that comes of the organisation's name, while there is none."""
        get = self.wizard.get
        if get("domain.mode") == "own" or get("domain.label"):
            return ""
        return label_of(str(get("organisation.name") or ""))

    def action_propose(self) -> None:
        """Take the proposed label."""
        if self._proposed():
            asked = self.query_one("#domain-label", Field)
            asked.value = self._proposed()
            asked.focus_answer()

    def _key_fields(self) -> list[Field]:
        return [self.query_one(f"#{name.replace('.', '-')}", Field) for name in POOL_KEYS]

    def _current(self) -> NameReport | None:
        """Return what was said to the name as it is now."""
        report = self._report
        return report if report and report.fqdn == self.wizard.judged.fqdn else None

    def put(self, name: str, value: Any) -> None:
        """Give an answer; a change of mode takes back what belongs to the other one."""
        if name in POOL_KEYS:
            begin_work(self, self._keep_keys, "keys", "keep the pool's key")
            return
        if name == "domain.mode" and value != self.wizard.get(name):
            self._change_mode(value)
        super().put(name, value)

    async def _keep_keys(self) -> None:
        await asyncio.sleep(ASK_AFTER)
        values = [each.value for each in self._key_fields()]
        if not all(values):
            return
        backend, fqdn = self.wizard.backend, self.wizard.judged.fqdn
        try:
            for name, value in zip(POOL_KEYS, values, strict=True):
                await backend.keep_secret(fqdn, name.replace(".", "_"), value)
        except CatalystError as error:
            self._key_fields()[1].tell(sentence(error), "")
            return
        await self._ask_name()

    async def _check(self) -> None:
        await super()._check()
        begin_work(self, self._ask_later, "name", "ask about the name")

    async def _ask_later(self) -> None:
        await asyncio.sleep(ASK_AFTER)
        await self._ask_name()

    async def _ask_name(self) -> None:
        """Ask reality about the name that stands there; an answer to an older one is dropped."""
        if not self.wizard.judged.fqdn or self.wizard.problems(self.FIELDS):
            return
        self._asking = self._current() is None
        self.judge()
        try:
            report = await self.wizard.backend.name_report(dict(self.wizard.answers))
        except CatalystError as error:
            self._asking = False
            self.say(sentence(error), "bad")
            return
        self._asking = False
        self._report = report
        self._fit_keys()
        self.judge()

    def judge(self) -> None:
        """Show what each answer is worth: by its form, then by reality."""
        for each in self.query(Field):
            if each.answers not in POOL_KEYS:
                each.judge(self.wizard.problem(each.answers))
        report = self._current()
        name = "#domain-fqdn" if self.wizard.get("domain.mode") == "own" else "#domain-label"
        if not self.wizard.problems(self.FIELDS) and self.wizard.judged.fqdn:
            if self._asking:
                self.query_one(name, Field).tell("Asking whether it can be had.", "", "wait")
            elif report is not None:
                self.query_one(name, Field).tell(*name_said(report))
        self.redraw()

    async def holds(self) -> bool:
        """Return whether nobody has the name; one that nobody can tell of does not stop here."""
        if self.wizard.edits and self.wizard.judged.fqdn != self.wizard.edits:
            self.say(f"The name of {self.wizard.edits} stays: it is in its certificates. {COPY}")
            return False
        if self._current() is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._ask_name()
        report = self._current()
        return report is None or report.state != "taken"

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
        keys = any(each.display for each in self._key_fields())
        pane.show(rows if pane.size.height >= len(rows) and not keys else [])
