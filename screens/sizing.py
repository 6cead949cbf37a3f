"""Sizing: how much is rented, and where; the price is there while one chooses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec import structs
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from provisioner.errors import CatalystError
from provisioner.facts import Finding, Price, Severity
from provisioner.remedies import remedy_of
from screens.drawing import sizing as draw
from screens.drawing.frame import Key, rule
from screens.drawing.rows import Row, Rows, wrapped
from screens.form import StepScreen
from screens.opening import sentence
from screens.questions import step_of
from screens.widgets.field import AnswerInput
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from screens.ports import Alternative, Market, ServerKind

ASK_AFTER = 0.3
"""Seconds without a change after which the price and reality are asked."""
ORDERS = ("price", "memory", "cores", "name")
PLANES = (1, 3)
TYPE = "sizing.control_plane.type"
GONE = frozenset(f"hetzner_type_{each}" for each in ("no_stock", "not_here", "gone", "unfit"))


class SizingScreen(StepScreen):
    """Location, control planes, type, workers, and what they cost."""

    STEP = "sizing"
    FIELDS: ClassVar[tuple[str, ...]] = (
        "sizing.location",
        "sizing.control_plane.count",
        "sizing.control_plane.type",
        "sizing.workers",
    )
    HELP = f"Choose the type of the control planes with the arrows. {step_of(STEP).help}"
    DEFAULT_CSS = """
    SizingScreen #top { height: 4; }
    SizingScreen #types { height: 1fr; min-height: 4; }
    SizingScreen #filter { display: none; height: 1; margin-left: 3; }
    SizingScreen #sums { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "location(1)", "Location"),
        Binding("L", "location(-1)", "Location back"),
        Binding("c", "planes", "Control planes"),
        Binding("w", "workers", "Workers"),
        Binding("s", "sort", "Sort"),
        Binding("slash", "filter", "Filter"),
        Binding("o", "options", "Options"),
        Binding("r", "reload", "Ask again"),
        *[Binding(str(n), f"take({n})", f"Take alternative {n}", show=False) for n in (1, 2, 3, 4)],
    ]

    def __init__(self) -> None:
        super().__init__()
        self._market: Market | None = None
        self._kinds: list[ServerKind] = []
        self._order = ORDERS[0]
        self._price: Price | None = None
        self._findings: tuple[Finding, ...] = ()
        self._instead: tuple[Alternative, ...] = ()
        """What else would do, where the chosen type cannot be had."""
        self._trouble: CatalystError | None = None
        """Why there is no market."""

    def body(self) -> ComposeResult:
        """Where, how many, which, and the sums."""
        yield Lines(id="top")
        yield PickList(id="types")
        yield AnswerInput("", example="part of a name", id="filter")
        yield Lines(id="sums")

    def keys(self) -> Iterable[Key]:
        """Return the keys of the list."""
        yield Key("↑↓", "type")
        yield Key("/", "filter")
        yield Key("s", f"by {ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]}")
        yield Key("enter", "Review")
        yield Key("esc", "back")
        yield Key("?", "help")
        yield Key("o", "options")

    def aside(self) -> str:
        """Return how many requests are left."""
        left = self._market.requests_left if self._market else None
        return super().aside() or (f"API {left:,}" if left is not None else "")

    def _begin(self) -> None:
        self.query_one(PickList).focus()
        super()._begin()
        begin_work(self, partial(self._load, fresh=False), "market", "read the catalogue")

    def action_reload(self) -> None:
        """Ask Hetzner again what there is."""
        begin_work(self, partial(self._load, fresh=True), "market", "read the catalogue")

    async def _load(self, *, fresh: bool) -> bool:
        """Read what there is; return whether it could be read."""
        self._trouble = None
        self._fill()
        try:
            found = await self.wizard.backend.market(self.wizard.judged.fqdn, fresh=fresh)
        except CatalystError as error:
            self._trouble = error
            self._fill()
            # What was read before can still be chosen from; that it may be old is said.
            self.say(sentence(error) if self._market else "", "bad")
            return False
        self.say("")
        self._market = found
        sites = [site.name for site in found.sites]
        if self.wizard.get("sizing.location") not in sites and sites:
            self.wizard.put("sizing.location", sites[0])
        self._fill()
        self._changed()
        return True

    def _fill(self) -> None:
        if self._market is None:
            self.query_one(PickList).offer(self._empty())
            return
        site = self.wizard.get("sizing.location") or ""
        text = self.query_one("#filter", Input).value
        self._kinds = draw.offered(self._market, site, text, self._order)
        chosen = self.wizard.get("sizing.control_plane.type")
        at = next((n for n, kind in enumerate(self._kinds) if kind.name == chosen), None)
        count = self._count()
        fit = [draw.fits(self._market, self.wizard.answers, kind.name) for kind in self._kinds]
        git = draw.from_git(self.wizard.answers)
        rows = [
            draw.kind_row(kind, site, count, fits=fits or git)
            for kind, fits in zip(self._kinds, fit, strict=True)
        ]
        if at is None and not text:
            # The cheapest that can be had is where choosing begins.
            can = (n for n, kind in enumerate(self._kinds) if fit[n] and site in kind.stock)
            at = next(can, 0)
            self.query_one(PickList).offer(rows, at)
            self._choose(at)
            return
        self.query_one(PickList).offer(rows, at)

    def _empty(self) -> Rows:
        """Return what stands where the list will be."""
        width = self.room - 4
        if self._trouble is None:
            return [Row(" ").add("Asking Hetzner what there is.", "quiet")]
        remedy = remedy_of(self._trouble)
        rows = wrapped(remedy.brief, width, most=5)
        return [*rows, Row(" ").add("r", "key").add(" or Enter asks again.")]

    def _count(self) -> int:
        count = self.wizard.get("sizing.control_plane.count")
        return count if isinstance(count, int) else 1

    def _choose(self, index: int) -> None:
        if index < len(self._kinds):
            self.put("sizing.control_plane.type", self._kinds[index].name)
            self._changed()

    def _changed(self) -> None:
        self.redraw()
        begin_work(self, self._ask, "ask", "price the sizing")

    async def _ask(self) -> None:
        await asyncio.sleep(ASK_AFTER)
        asked = self.wizard.revision
        backend, answers = self.wizard.backend, dict(self.wizard.answers)
        try:
            price = await backend.estimate(answers)
            findings = await backend.reality(answers)
            instead = await backend.alternatives(answers) if _is_gone(findings) else ()
        except CatalystError as error:
            self.say(sentence(error), "bad")
            return
        if asked == self.wizard.revision:
            self._price, self._findings, self._instead = price, _of_sizing(findings), instead
            self.redraw()

    def action_take(self, number: int) -> None:
        """Take one of the alternatives."""
        if number <= len(self._instead):
            found = self._instead[number - 1]
            self._instead = ()
            self.put("sizing.location", found.location)
            self.put("sizing.control_plane.type", found.type)
            self._fill()
            self._changed()

    def judge(self) -> None:
        """Draw again with what is wrong."""
        self.redraw()

    def on_pick_list_moved(self, event: PickList.Moved) -> None:
        """Take the row under the mark as the answer."""
        self._choose(event.index)

    def on_pick_list_picked(self) -> None:
        """Enter on the list is Enter on the screen."""
        self.action_advance()

    def action_location(self, by: int) -> None:
        """Choose the next location."""
        if self._market is None:
            return
        names = [site.name for site in self._market.sites]
        current = self.wizard.get("sizing.location")
        at = names.index(current) if current in names else 0
        self.put("sizing.location", names[(at + by) % len(names)])
        self._fill()
        self._changed()

    def action_planes(self) -> None:
        """One control plane, or three."""
        self.put("sizing.control_plane.count", PLANES[1] if self._count() == PLANES[0] else 1)
        self._fill()
        self._changed()

    def action_sort(self) -> None:
        """Sort by something else."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._fill()
        self.redraw()

    def action_filter(self) -> None:
        """Type a part of a name."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def on_input_changed(self) -> None:
        """Show what fits the filter."""
        self._fill()
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the list."""
        event.stop()
        event.input.display = bool(event.value)
        self.query_one(PickList).focus()

    def action_back(self) -> None:
        """Leave the filter first, then the step."""
        box = self.query_one("#filter", Input)
        if box.display:
            box.value = ""
            box.display = False
            self.query_one(PickList).focus()
            return
        super().action_back()

    def action_workers(self) -> None:
        """Edit the worker pools."""
        from screens.workers import WorkersScreen

        def back(_: object) -> None:
            self._fill()
            self._changed()

        self.app.push_screen(WorkersScreen(self._market), back)

    async def holds(self) -> bool:
        """Return whether reality has nothing against it, as it answers now."""
        if self._market is None:
            # Whoever was told that there is no list wants to see it before going on.
            asked_again = self._trouble is not None
            if not await self._load(fresh=False) or asked_again:
                return False
        try:
            self._findings = _of_sizing(await self.wizard.backend.reality(self.wizard.answers))
        except CatalystError as error:
            self.say(sentence(error), "bad")
            return False
        blocking = _blocking(self._findings)
        if blocking:
            self.say(f"{blocking[0].reason} {blocking[0].remedy}", "bad")
        return not blocking

    def draw(self) -> None:
        """Draw everything but the list."""
        width, get = self.room, self.wizard.get
        market = self._market
        sites = {site.name: site for site in market.sites} if market else {}
        site = sites.get(get("sizing.location") or "")
        top = [draw.site_row(site, width), draw.plane_row(self._count(), width)]
        currency = market.currency if market else ""
        self.query_one("#top", Lines).show([*top, *draw.heading(currency, self._count())])
        sums = [rule(width), *draw.worker_rows(get("sizing.workers") or (), width)]
        if market is not None:
            sums += draw.memory_rows(market, self.wizard.answers, width)
        sums += draw.cost_rows(self._price, width)
        wrong = [p for _, p in self.wizard.problems(self.FIELDS)]
        said = draw.finding_rows([*wrong, *self._findings], width, 4)
        if self._instead:
            # They stand in the remedy as well; here they can be taken.
            said = draw.finding_rows(_plainly(self._findings), width, 3)
            if any(each.less for each in self._instead):
                # What these have less of takes the room of the warnings, which come back after.
                said = draw.finding_rows(_plainly(_blocking(self._findings)), width, 2)
            said += draw.instead_rows(self._instead, width)
        elif said:
            sums.append(Row())
        self.query_one("#sums", Lines).show([*sums, *said])


def _of_sizing(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(each for each in findings if each.field.startswith("sizing") or not each.field)


def _blocking(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is Severity.BLOCKING]


def _is_gone(findings: Iterable[Finding]) -> bool:
    """Return whether the control planes' type cannot be had where it is wanted."""
    return any(each.code in GONE and each.field == TYPE for each in findings)


def _plainly(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, that of a type which is gone without the alternatives in its remedy."""
    return [
        structs.replace(each, remedy="") if each.code in GONE and each.field == TYPE else each
        for each in findings
    ]
