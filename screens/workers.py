"""Workers: the pools of servers that run workloads; a page of Sizing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.asking import choice, field
from screens.drawing.answers import heading
from screens.drawing.frame import Key
from screens.drawing.rows import Row
from screens.drawing.workers import pool_row, type_said
from screens.form import StepScreen
from screens.questions import MANY, meant, question, questions, step_of, typed
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList

if TYPE_CHECKING:
    from screens.ports import Market


class WorkersScreen(StepScreen):
    """The pools on top, the chosen one below."""

    STEP = "sizing"
    FIELDS: ClassVar[tuple[str, ...]] = (
        "sizing.workers[].name",
        "sizing.workers[].type",
        "sizing.workers[].count",
        "sizing.workers[].location",
        "sizing.workers[].ingress",
        "sizing.workers[].labels",
        "sizing.workers[].taints",
    )
    HELP = step_of("workers").help
    DEFAULT_CSS = """
    WorkersScreen #lead { height: 3; }
    WorkersScreen #pools { height: 4; margin-bottom: 1; }
    WorkersScreen Field, WorkersScreen Choice { margin-bottom: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "add", "Add a pool", priority=True),
        # The input would take it for the letter under the cursor.
        Binding("ctrl+d", "remove", "Remove the pool", priority=True),
    ]

    def __init__(self, market: Market | None) -> None:
        super().__init__()
        self._market = market
        self._at = 0

    @property
    def pools(self) -> list[dict[str, Any]]:
        """The pools as they are now."""
        return list(self.wizard.get("sizing.workers") or ())

    def body(self) -> ComposeResult:
        """Yield the list of pools and the questions about one."""
        yield Lines(heading(step_of("workers").heading), id="lead")
        yield PickList(id="pools")
        for each in questions("workers"):
            yield choice(each.answers) if each.options else field(each.answers)

    def keys(self) -> Iterable[Key]:
        """Return the keys of this page."""
        yield Key("^N", "add a pool")
        if self.pools:
            yield Key("^D", "remove it")
            yield Key("↑↓", "field")
        yield Key("esc", "back to Sizing")
        yield Key("F1", "help")

    def _begin(self) -> None:
        self._show_pool(0)
        self.query_one(PickList).focus()
        self.redraw()

    def _show_pool(self, index: int) -> None:
        pools = self.pools
        self._at = max(0, min(index, len(pools) - 1))
        pool = pools[self._at] if pools else None
        for each in self.questions():
            each.display = pool is not None
        if pool is not None:
            for each in self.query(Field):
                name = each.answers.removeprefix("pool.")
                each.value = typed(pool.get(name))
            ingress = question(f"{MANY}ingress")
            self.query_one(Choice).offer(ingress.options, typed(bool(pool.get("ingress"))))
        self.query_one(PickList).offer([pool_row(each) for each in pools], self._at)
        self.judge()

    def put(self, name: str, value: Any) -> None:
        """Give an answer about the chosen pool."""
        pools = self.pools
        if not pools:
            return
        key = name.removeprefix("pool.")
        answer = meant(question(f"{MANY}{key}").kind, str(value))
        pool = dict(pools[self._at])
        if answer is None or answer is False:
            pool.pop(key, None)
        else:
            pool[key] = answer
        if pool != pools[self._at]:
            pools[self._at] = pool
            super().put("sizing.workers", pools)
            self.query_one(PickList).offer([pool_row(each) for each in pools], self._at)

    def judge(self) -> None:
        """Show beside each question what its answer is worth."""
        if not self.pools:
            self.redraw()
            return
        whole = self.wizard.problem("sizing.workers")
        for each in self.query(Field):
            name = each.answers.removeprefix("pool.")
            found = self.wizard.problem(f"sizing.workers[{self._at}].{name}")
            if found is None and name == "name" and whole and "[" not in whole.field:
                found = whole
            each.judge(found)
            if name == "type" and found is None:
                self._say_type(each)
        self.redraw()

    def _say_type(self, asked: Field) -> None:
        """Say what the typed type is, where its servers would stand."""
        home = self.wizard.get("sizing.location") or ""
        said, can = type_said(
            self._market, self.pools[self._at].get("location") or home, asked.value
        )
        if can:
            asked.hint(said)
        else:
            asked.tell(said, "", "warn")

    def on_pick_list_moved(self, event: PickList.Moved) -> None:
        """Show the pool under the mark."""
        self._show_pool(event.index)

    def on_pick_list_picked(self) -> None:
        """Go to the pool's questions."""
        self.focus_field("pool.name")

    def action_add(self) -> None:
        """Add a pool like the last one, or one that can be rented."""
        pools = self.pools
        kind = pools[-1].get("type") if pools else self.wizard.get("sizing.control_plane.type")
        taken = {each.get("name") for each in pools}
        names = ("general", *(f"pool{n}" for n in range(2, 22)))
        name = next(each for each in names if each not in taken)
        super().put("sizing.workers", [*pools, {"name": name, "type": kind or "", "count": 1}])
        self._show_pool(len(pools))
        self.focus_field("pool.count")

    def action_remove(self) -> None:
        """Remove the chosen pool."""
        pools = self.pools
        if pools:
            del pools[self._at]
            super().put("sizing.workers", pools or None)
            self._show_pool(self._at)
            self.query_one(PickList).focus()

    def action_advance(self) -> None:
        """Enter goes to the next question, and from the last one back to Sizing."""
        here = self._here()
        at = next((n for n, q in enumerate(here) if self._is_on(q)), -1)
        if at < 0 or at + 1 >= len(here):
            self.action_back()
        else:
            self.focus_field(here[at + 1])

    def _is_on(self, name: str) -> bool:
        return any(each.answers == name and each.has_focus_within for each in self.questions())

    def action_back(self) -> None:
        """Go back to Sizing."""
        self.dismiss(None)

    def draw(self) -> None:
        """Say what there is when there are no pools."""
        if not self.pools:
            text = "None: the control plane runs everything. Ctrl+N adds a pool."
            self.query_one(PickList).show([Row("   ").add(text, "quiet")])
