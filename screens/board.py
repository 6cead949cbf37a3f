"""Board: the cluster installs its kit, component by component, until it is healthy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from provisioner.facts import Outcome, State
from screens.drawing import board as draw
from screens.drawing.frame import Key, rule
from screens.drawing.rows import Row
from screens.drawing.run import brief_ending_rows, ending_rows
from screens.widgets.field import AnswerInput
from screens.widgets.frame import WIDE
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList
from screens.wishes import WishingScreen

DETAIL = 5
"""Rows of the detail under the list, its rule included."""
BESIDE = 40
"""Columns of the detail beside the list."""


class BoardScreen(WishingScreen):
    """The list of components, and the one that is looked at."""

    HELP_BESIDE = False
    NOUN = "board"
    HELP = (
        "A component is healthy when every rung of its evidence holds: its source was fetched "
        "(src), its release is reconciled (rel), its workloads run (wrk), and it answers a probe "
        "(prb). One that only waits for another is drawn as waiting on it. The number in front is "
        "the depth: what stands deeper needs something of the depth above it."
    )
    DEFAULT_CSS = f"""
    BoardScreen #summary {{ height: 3; }}
    BoardScreen #middle {{ height: 1fr; }}
    BoardScreen #list {{ height: 1fr; width: 1fr; }}
    BoardScreen #side {{ width: {BESIDE}; }}
    BoardScreen #filter {{ display: none; height: 1; margin-left: 3; }}
    BoardScreen #below {{ height: {DETAIL}; }}
    BoardScreen.-wide #below {{ height: 0; display: none; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "run", "Run"),
        Binding("n", "next_broken", "Next that is broken"),
        Binding("l", "logs", "Logs"),
        Binding("r", "reconcile", "Reconcile"),
        Binding("z", "suspend", "Suspend, resume"),
        Binding("slash", "filter", "Filter"),
        Binding("p", "pull", "Pull credentials"),
        Binding("D", "destroy", "Destroy"),
        Binding("R", "resume", "Resume the run"),
        Binding("x", "cancel", "Cancel"),
        Binding("e", "edit", "Edit the answers"),
        Binding("o", "handoff", "Hand-off"),
        Binding("escape", "back", "Leave the filter, or Home"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._moved = False
        """Whether the operator chose a row; until then the broken one is chosen."""
        self._names: list[tuple[str, int]] = []
        """The components that are listed, with their depths."""

    def body(self) -> ComposeResult:
        """Summary, list, detail."""
        yield Lines(id="summary")
        with Horizontal(id="middle"):
            with Vertical():
                yield PickList(id="list")
            yield Lines(id="side", classes="beside")
        yield AnswerInput("", example="part of a name or a state", id="filter")
        yield Lines(id="below")

    def on_mount(self) -> None:
        """Begin on the list."""
        super().on_mount()
        self.query_one(PickList).focus()

    def looked_at(self) -> str:
        """Return the component under the mark."""
        index = self.query_one(PickList).index
        return self._names[index][0] if index < len(self._names) else ""

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        if self.running():
            yield Key("x", "abandon" if self.view and self.view.cancelling else "cancel")
        elif self.ended() is Outcome.READY:
            yield Key("o", "hand-off", ("handoff",))
        else:
            yield Key("R", "resume", ("resume", "plan"), "resume the run")
            yield Key("D", "destroy", ("destroy",))
        yield Key("enter", "detail", ("describe", "status"))
        yield Key("l", "logs", ("logs",))
        # To a run that is at work nothing needs to be said: Flux is what goes on.
        yield Key("r", "reconcile", ("reconcile", *(("resume",) if self.running() else ())))
        if self.suspended():
            yield Key("z", "resume", ("unsuspend",))
        if self.cannot_pull():
            yield Key("p", "pull", at_length="pull credentials")
        if not self.suspended():
            yield Key("z", "suspend", ("suspend",))
        yield Key("b", "run", ("attach",), "run and log")
        yield Key("?", "help")
        if not self.running():
            yield Key("e", "edit answers", ("edit",))
        yield Key("/", "filter")
        if self.view is not None and any(
            line.state in (State.FAILED, State.MISSING, State.DEGRADED)
            for line in self.view.components.values()
        ):
            yield Key("n", "next broken")
        yield Key("d", "detach")
        yield Key("h", "home")

    def draw(self) -> None:
        """Draw everything from the view."""
        view = self.view
        if view is None:
            return
        now, width = self.now(), self.size.width
        wide = width >= WIDE
        room = width - BESIDE if wide else width
        rows = draw.summary_rows(view, draw.progress_of(view, now), now, width)
        self.query_one("#summary", Lines).show([*rows, draw.heading()])
        pick = self.query_one(PickList)
        text = self.query_one("#filter", Input).value
        self._names = draw.fitting(draw.by_depth(view), view, text)
        index = None if self._moved else draw.first_broken(self._names, view)
        then = draw.last_look(view, now)
        pick.offer(draw.component_rows(self._names, view, then, room), index)
        self._draw_detail(width, wide=wide)

    def _draw_detail(self, width: int, *, wide: bool) -> None:
        view, name = self.view, self.looked_at()
        if view is None or not name:
            said = Row(" ").add("Nothing fits the filter. esc leaves it.", "quiet")
            self.query_one("#side" if wide else "#below", Lines).show([rule(width), said])
            return
        now = draw.last_look(view, self.now())
        line, keys = view.components[name], list(self.keys())
        if wide:
            side = self.query_one("#side", Lines)
            rows = draw.detail_rows(name, line, view, now, BESIDE, keys, tall=True)
            if view.outcome not in (None, Outcome.READY):
                rows += [Row(), *ending_rows(view, BESIDE, 20, keys)]
            side.show([_beside(row) for row in _tall(rows, side)])
            return
        if view.outcome not in (None, Outcome.READY) and not self._moved:
            rows = brief_ending_rows(view, width, keys)
        else:
            rows = draw.detail_rows(name, line, view, now, width, keys)
        self.query_one("#below", Lines).show([rule(width), *rows[: DETAIL - 1]])

    def on_pick_list_moved(self) -> None:
        """Show what is known of the component under the mark."""
        self._moved = True
        self.redraw()

    def stay(self) -> None:
        """Keep the mark on the row that the operator acted on."""
        self._moved = True

    def on_pick_list_picked(self) -> None:
        """Show everything about the component under the mark."""
        self._open(log=False)

    def action_logs(self) -> None:
        """Show the log of the component under the mark."""
        self._open(log=True)

    def _open(self, *, log: bool) -> None:
        from screens.component import ComponentScreen

        if self.looked_at():
            self.stay()
            self.app.push_screen(ComponentScreen(self.looked_at(), log=log))

    def action_next_broken(self) -> None:
        """Choose the next component that is broken."""
        if self.view is not None:
            pick = self.query_one(PickList)
            pick.index = draw.next_broken(self._names, self.view, pick.index)
            self._moved = True
            self.redraw()

    def action_filter(self) -> None:
        """Ask which components are to be listed."""
        box = self.query_one("#filter", Input)
        box.display = True
        self.set_focus(box)

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what fits."""
        event.stop()
        self._moved = True
        self.query_one(PickList).index = 0
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the list."""
        event.stop()
        self.query_one(PickList).focus()

    def action_back(self) -> None:
        """Leave the filter first, then the board."""
        box = self.query_one("#filter", Input)
        if not box.display:
            self.action_home()
            return
        box.value, box.display = "", False
        self.query_one(PickList).focus()
        self.redraw()

    def action_run(self) -> None:
        """Look at the run and its log."""
        self.watched.once("board")
        self.face.open("run")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        if not self.running():
            self.face.open("destroy")

    def action_cancel(self) -> None:
        """Cancel on the run's own screen, where the consequences are said."""
        if self.running():
            self.watched.asks_to_cancel = True
            self.action_run()


def _tall(rows: list[Row], pane: Lines) -> list[Row]:
    return [*rows, *[Row()] * max(pane.size.height - len(rows), 0)]


def _beside(row: Row) -> Row:
    shown = Row("│", "rule")
    for text, role in row.spans:
        shown.add(text, role)
    return shown
