"""Component: one component of the board in detail, with the log of its failing container."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from screens.drawing import component as draw
from screens.drawing.frame import Key
from screens.logged import LoggedScreen
from screens.logs.parsing import LogLine, clean
from screens.widgets.lines import Lines
from screens.widgets.log_view import LogView
from screens.widgets.scroll import ScrollLines
from screens.widgets.work import begin_work
from screens.wishes import WishingScreen

if TYPE_CHECKING:
    from provisioner.cluster.detail import Container, Detail

AGAIN = 5.0
"""Seconds before the cluster is asked again after it could not answer."""


class ComponentScreen(LoggedScreen, WishingScreen):
    """A page over the board; what it shows is asked of the cluster itself, now."""

    HELP_BESIDE = False
    NOUN = "board"
    HELP = (
        "What the cluster says of this component now, every few seconds, with or without a run: "
        "conditions of everything that belongs to it, Events, and the log of the container that "
        "fails. tab goes from one pane to the other."
    )
    DEFAULT_CSS = """
    ComponentScreen #standing { height: 3; }
    ComponentScreen #facts { height: 3fr; }
    ComponentScreen #log { height: 2fr; min-height: 6; }
    ComponentScreen.-log #facts { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,b", "back", "Board"),
        Binding("l", "log", "Log"),
        Binding("c", "container", "Next container"),
        Binding("r", "reconcile", "Reconcile"),
        Binding("z", "suspend", "Suspend, resume"),
        Binding("p", "pull", "Pull credentials"),
    ]

    def __init__(self, name: str, *, log: bool = False) -> None:
        super().__init__()
        self._component = name
        self._large = log
        self._found: Detail | None = None
        self._trouble = ""
        self._chosen: Container | None = None
        self._reading: Container | None = None

    def looked_at(self) -> str:
        """Return the component of this page."""
        return self._component

    def body(self) -> ComposeResult:
        """Yield where it stands, what is known of it, and the log."""
        yield Lines(id="standing")
        yield ScrollLines(id="facts")
        yield LogView("log", id="log")

    def on_mount(self) -> None:
        """Begin to ask the cluster."""
        super().on_mount()
        self._show_log()
        begin_work(self, self._look, "look", "look at a component")

    def follows_to(self, _noun: str) -> bool:
        """Stay: whoever opened this page reads it."""
        return False

    async def _look(self) -> None:
        while True:
            try:
                details = self.face.backend.cluster(self.watched.fqdn).details(self._component)
                async for found in details:
                    self._found, self._trouble = found, ""
                    self._read_on(draw.chosen_of(found.containers, self._chosen))
                    self.redraw()
                return
            except CatalystError as error:
                from screens.opening import sentence

                self._trouble = sentence(error, self.watched.fqdn, self._component)
                self.redraw()
            await asyncio.sleep(AGAIN)

    def _read_on(self, container: Container | None) -> None:
        """Read the log of a container, unless it is the one that is read."""
        self._chosen = container
        if container is None:
            return
        where = (container.namespace, container.pod, container.name)
        before = self._reading
        if before is not None and (before.namespace, before.pod, before.name) == where:
            return
        self._reading = container
        self.query_one(LogView).begin(f"log of {container.pod}/{container.name}")
        begin_work(self, partial(self._read, container), "read", "read a container's log")

    async def _read(self, container: Container) -> None:
        log, told = self.query_one(LogView), ""
        while True:
            try:
                lines = self.face.backend.cluster(self.watched.fqdn).log(container)
                async for batch in lines:
                    await self.take(log, container.name, batch)
                return
            except CatalystError as error:
                from screens.opening import sentence

                said = sentence(error, self.watched.fqdn, self._component)
                if said != told:
                    log.add([LogLine("", "kube", "warn", clean(said))])
                told = said
            await asyncio.sleep(AGAIN)

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        yield Key("esc", "board")
        yield Key("l", "all of it" if self._large else "log", ("logs",))
        yield Key("r", "reconcile", ("reconcile",))
        if self.cannot_pull():
            yield Key("p", "pull", at_length="pull credentials")
        yield Key("z", "resume" if self.suspended() else "suspend", ("suspend", "unsuspend"))
        yield Key("?", "help")
        if not self._large:
            yield Key("tab", "pane")
        if self._found is not None and len(self._found.containers) > 1:
            yield Key("c", "container")
        log = self.query_one(LogView)
        if log.pane.has_focus:
            yield from log.keys()

    def on_descendant_focus(self) -> None:
        """Show the keys of the pane that is looked at."""
        self.redraw()

    def draw(self) -> None:
        """Draw where it stands and what is known."""
        view, width, now = self.view, self.size.width, self.now()
        line = view.components.get(self._component) if view is not None else None
        if line is not None:
            rows = draw.standing_rows(self._component, line, now, width)
            self.query_one("#standing", Lines).show(rows)
        facts = self.query_one("#facts", ScrollLines)
        if self._found is None:
            facts.offer(draw.facts_head(self._trouble, width))
        else:
            facts.offer(draw.detail_rows(self._found, now, width, self._chosen))
        self.query_one(LogView).redraw()

    def aside(self) -> str:
        """Say what does not fit, or why the facts may be old."""
        if self._found is not None and self._trouble:
            return "not reached now"
        below = self.query_one("#facts", ScrollLines).below
        return f"{below} more lines" if below and not self._large else ""

    def _show_log(self) -> None:
        self.set_class(self._large, "-log")
        log = self.query_one(LogView)
        (log.pane if self._large else self.query_one("#facts")).focus()

    def action_log(self) -> None:
        """Give the log all the room, or only its part."""
        self._large = not self._large
        self._show_log()
        self.call_after_refresh(self.redraw)

    def action_container(self) -> None:
        """Read the log of the next container."""
        containers = self._found.containers if self._found is not None else ()
        if self._chosen in containers:
            at = containers.index(self._chosen)
            self._read_on(containers[(at + 1) % len(containers)])
            self.redraw()

    def action_back(self) -> None:
        """Go back to the board."""
        self.dismiss(None)
