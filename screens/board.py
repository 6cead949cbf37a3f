"""Board: the cluster installs its kit, component by component, until it is healthy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from provisioner.facts import Outcome, State
from screens.drawing import board as draw
from screens.drawing.frame import Key, rule
from screens.drawing.rows import Row
from screens.drawing.run import ending_rows
from screens.sovereign import SovereignScreen
from screens.widgets.frame import WIDE
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList

DETAIL = 5
"""Rows of the detail under the list, its rule included."""
BESIDE = 40
"""Columns of the detail beside the list."""


class BoardScreen(SovereignScreen):
    """The list of components, and the one that is looked at."""

    HELP_BESIDE = False
    NOUN = "board"
    HELP = (
        "A component is healthy when every rung of its evidence holds: its source was fetched "
        "(src), its release is reconciled (rel), its workloads run (wrk), and it answers a probe "
        "(prb). A component that only waits for another one is drawn as waiting on it."
    )
    DEFAULT_CSS = f"""
    BoardScreen #summary {{ height: 3; }}
    BoardScreen #middle {{ height: 1fr; }}
    BoardScreen #list {{ height: 1fr; width: 1fr; }}
    BoardScreen #side {{ width: {BESIDE}; }}
    BoardScreen #below {{ height: {DETAIL}; }}
    BoardScreen.-wide #below {{ height: 0; display: none; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "run", "Run"),
        Binding("n", "next_broken", "Next that is broken"),
        Binding("D", "destroy", "Destroy"),
        Binding("r", "resume", "Resume"),
        Binding("x", "cancel", "Cancel"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._moved = False
        """Whether the operator chose a row; until then the broken one is chosen."""
        self._share = 0.0

    def body(self) -> ComposeResult:
        """Summary, list, detail."""
        yield Lines(id="summary")
        with Horizontal(id="middle"):
            with Vertical():
                yield PickList(id="list")
            yield Lines(id="side", classes="beside")
        yield Lines(id="below")

    def on_mount(self) -> None:
        """Begin on the list."""
        super().on_mount()
        self.query_one(PickList).focus()
        if self.view is not None and self.view.outcome is None:
            self.say("The kit is installing. b shows the run and its log.", "quiet")

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        yield Key("↑↓", "component")
        if self.view is not None and any(
            line.state in (State.FAILED, State.MISSING, State.DEGRADED)
            for line in self.view.components.values()
        ):
            yield Key("n", "next broken")
        yield Key("b", "run and log")
        if self.ended() is Outcome.READY:
            yield Key("o", "hand-off")
        elif not self.running():
            yield Key("r", "resume")
            yield Key("D", "destroy")
        yield Key("d", "detach")
        yield Key("h", "home")
        yield Key("?", "help")

    def draw(self) -> None:
        """Draw everything from the view."""
        view = self.view
        if view is None:
            return
        now, width = self.now(), self.size.width
        self._share = max(self._share, draw.progress_of(view, now))
        wide = width >= WIDE
        room = width - BESIDE if wide else width
        rows = draw.summary_rows(view, self._share, now, width)
        self.query_one("#summary", Lines).show([*rows, draw.heading()])
        pick = self.query_one(PickList)
        index = None if self._moved else draw.first_broken(view)
        pick.offer(
            [draw.component_row(n, line, now, room) for n, line in view.components.items()], index
        )
        self._draw_detail(pick.index, width, wide=wide)

    def _draw_detail(self, index: int, width: int, *, wide: bool) -> None:
        view = self.view
        if view is None or not view.components:
            return
        now = self.now()
        name = list(view.components)[min(index, len(view.components) - 1)]
        line = view.components[name]
        if wide:
            side = self.query_one("#side", Lines)
            rows = draw.detail_rows(name, line, view, now, BESIDE)
            if view.outcome not in (None, Outcome.READY):
                rows += [Row(), *ending_rows(view, BESIDE, 20)]
            side.show([Row("│", "rule").add(row.plain, _role(row)) for row in _tall(rows, side)])
            return
        if view.outcome not in (None, Outcome.READY) and not self._moved:
            rows = [row for row in ending_rows(view, width, DETAIL) if row.width]
        else:
            rows = draw.detail_rows(name, line, view, now, width)
        self.query_one("#below", Lines).show([rule(width), *rows[: DETAIL - 1]])

    def on_pick_list_moved(self) -> None:
        """Show what is known of the component under the mark."""
        self._moved = True
        self.redraw()

    def action_next_broken(self) -> None:
        """Choose the component that is broken."""
        self._moved = False
        self.redraw()

    def action_run(self) -> None:
        """Look at the run and its log."""
        self.watched.once("board")
        self.face.open("run")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        if not self.running():
            self.face.open("destroy")

    def action_resume(self) -> None:
        """Go on with the run, on its own screen."""
        if not self.running():
            self.face.open("run")

    def action_cancel(self) -> None:
        """Cancel on the run's own screen, where the consequences are said."""
        self.action_run()


def _tall(rows: list[Row], pane: Lines) -> list[Row]:
    return [*rows, *[Row()] * max(pane.size.height - len(rows), 0)]


def _role(row: Row) -> str:
    return next((role for _, role in row.spans if role), "")
