"""Decision: something cannot be rented; choose what else will do, or have the run wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from screens.drawing import decision as draw
from screens.drawing.frame import Key, rule
from screens.sovereign import SovereignScreen
from screens.unlocking import unlocked
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from provisioner.events import DecisionOffered
    from provisioner.facts import Choice
    from screens.ports import Market

LOOK = 120.0
"""Seconds between two looks at the stock: each costs a handful of requests."""


class DecisionScreen(SovereignScreen):
    """The alternatives, best first, with stock and price; one is chosen by pressing enter twice."""

    HELP_BESIDE = False
    NOUN = "decision"
    HELP = (
        "The run ended because Hetzner could not rent out what was planned. The alternatives were "
        "ranked then: the same type elsewhere, types as good, then some with less that still hold "
        "the kit. Stock is looked at again every two minutes. Choosing changes the answers and "
        "starts a run that plans only what changes. Nothing dearer is applied without your word."
    )
    DEFAULT_CSS = """
    DecisionScreen #lead { height: 5; }
    DecisionScreen #heading { height: 1; }
    DecisionScreen #choices { height: 1fr; }
    DecisionScreen #below { height: 8; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "run", "Run"),
        Binding("w", "wait", "Wait for stock"),
        Binding("u", "look", "Look at the stock"),
        Binding("D", "destroy", "Destroy"),
        Binding("e", "edit", "Edit the answers"),
        Binding("r", "resume", "Resume the run"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._market: Market | None = None
        self._looked: datetime | None = None
        self._asked = -1
        """The row that was picked once; a second time starts the run."""

    def body(self) -> ComposeResult:
        """Yield what happened, the choices, and what the chosen one means."""
        yield Lines(id="lead")
        yield Lines(id="heading")
        yield PickList(id="choices")
        yield Lines(id="below")

    def on_mount(self) -> None:
        """Begin on the best choice, and look at the stock."""
        super().on_mount()
        self.query_one(PickList).focus()
        self.action_look()

    def action_look(self) -> None:
        """Look at the stock now, and every few minutes from now on."""
        begin_work(self, self._look, "stock", "look at the stock")

    async def _look(self) -> None:
        while True:
            try:
                self._market = await self.face.backend.market(self.watched.fqdn)
                self._looked = self.now()
                self.redraw()
            except CatalystError as error:
                from screens.opening import sentence

                self.say(f"The stock could not be looked at. {sentence(error, self.watched.fqdn)}")
            await asyncio.sleep(LOOK)

    def _decision(self) -> DecisionOffered | None:
        return self.view.decision if self.view is not None else None

    def _waits(self) -> bool:
        decision = self._decision()
        return decision is not None and decision.question != draw.LIMIT

    def _choice(self) -> Choice | None:
        """Return the choice under the mark; None on the row that waits."""
        decision, index = self._decision(), self.query_one(PickList).index
        choices = decision.choices if decision is not None else ()
        return choices[index] if index < len(choices) else None

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        yield Key("enter", "yes, start the run" if self._asked >= 0 else "choose")
        if self._waits():
            yield Key("w", "wait for stock")
        else:
            yield Key("r", "resume", ("resume",))
            yield Key("e", "edit", ("edit",))
        yield Key("u", "look again")
        yield Key("?", "help")
        yield Key("l", "run", ("attach",), "run and log")
        yield Key("D", "destroy", ("destroy",))
        if self._waits():
            yield Key("e", "edit", ("edit",))
        yield Key("h", "home")

    def draw(self) -> None:
        """Draw everything from the view."""
        view, decision, width = self.view, self._decision(), self.size.width
        if view is None or decision is None:
            return
        self.query_one("#lead", Lines).show(draw.lead_rows(view, width, list(self.keys())))
        looked = draw.looked_at(self._looked, self.now())
        self.query_one("#heading", Lines).show([draw.heading(decision, looked, width)])
        rows = draw.choice_rows(decision, self._market, width, waits=self._waits())
        self.query_one(PickList).offer(rows)
        choice = self._choice()
        below = draw.choice_detail(choice, width) if choice is not None else []
        if choice is None and self._waits():
            below = draw.wait_detail(decision.value, width)
        self.query_one("#below", Lines).show([rule(width), *below])

    def on_pick_list_moved(self) -> None:
        """Show what the row under the mark means; a question about another one is withdrawn."""
        self._asked = -1
        self.redraw()

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Ask once more, then change the answers and start the next run."""
        choice = self._choice()
        if choice is None and not self._waits():
            return
        if self._asked != event.index:
            self._asked = event.index
            what = f"takes {choice.title}" if choice is not None else "waits for stock"
            self.say(f"Enter again {what} and starts the next run.")
            return
        self._asked = -1
        self._go_on(choice)

    def action_wait(self) -> None:
        """Start a run that waits for the stock: nothing is changed and nothing is dearer."""
        if self._waits():
            self._go_on(None)

    def _go_on(self, choice: Choice | None) -> None:
        self.say("Starting the runner.", "quiet")
        begin_work(self, partial(self._begin, choice), "begin", "go on as decided")

    async def _begin(self, choice: Choice | None) -> None:
        fqdn, backend = self.watched.fqdn, self.face.backend
        if choice is not None:
            await backend.change(fqdn, choice.set)
        resume = partial(backend.resume, fqdn, wait_for_stock=choice is None)
        await unlocked(self.face, resume)
        self.face.watch_sovereign(fqdn)

    def action_run(self) -> None:
        """Look at the run and its log."""
        self.face.open("run")

    def action_destroy(self) -> None:
        """Go where everything is taken down."""
        self.face.open("destroy")
