"""The application: holds what the screens share, follows one Sovereign, and leaves in order.

It wires and decides nothing. What is heavy is imported after the first frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import WorkerFailed

from catalyst_tui.backend.engine import EngineBackend, RehearsalOptions
from catalyst_tui.farewell import farewell
from catalyst_tui.headless.streams import put
from catalyst_tui.painting import Difference, Painting
from catalyst_tui.terminal import needs_plain_glyphs, terminal_is_gone
from provisioner.home import Home
from screens.home import HomeScreen
from screens.ports import Backend, Tools
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from rich.console import RenderableType

    from screens.watched import Watched
    from screens.wizard import Wizard

__all__ = ["CatalystApp", "RehearsalOptions", "run_app", "show"]

DRAW_EVERY = 0.1
"""Seconds between two draws of a view that keeps changing."""
AFTER_FIRST_FRAME = 0.05
"""Seconds after which the heavy imports begin: they would hold up what is drawn first."""
LOOK_AT_TERMINAL = 1.0
"""Seconds between two looks at whether the terminal is still there."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_CLASSES = {
    "organisation": "OrganisationScreen",
    "domain": "DomainScreen",
    "credentials": "CredentialsScreen",
    "sizing": "SizingScreen",
    "review": "ReviewScreen",
    "run": "RunScreen",
    "board": "BoardScreen",
    "decision": "DecisionScreen",
    "difference": "DifferenceScreen",
    "handoff": "HandoffScreen",
    "destroy": "DestroyScreen",
}
"""The screens above Home by noun; each stands in the module of that name."""


class CatalystApp(App[int]):
    """The full screen."""

    TITLE = "catalyst"
    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { background: ansi_default; color: ansi_default; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "paint_anew", "Draw anew", show=False)
    ]

    def __init__(
        self,
        backend: Backend,
        *,
        begin: str | None = None,
        edit: str | None = None,
        plain_glyphs: bool | None = None,
    ) -> None:
        # Said before the theme says it: with NO_COLOR the framework would choose shades of grey
        # by then, and fall over what has no style.
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.animation_level = "none"
        self.root = self._backend = backend
        self.plain_glyphs = needs_plain_glyphs() if plain_glyphs is None else plain_glyphs
        self.tools = Tools()
        self.wizard: Wizard | None = None
        self.watched: Watched | None = None
        self._begin = begin
        """The draft on which the wizard opens at once, if any."""
        self._edit = edit
        """The Sovereign whose answers the wizard opens at once, if any."""
        self._changed = asyncio.Event()
        self._painting = Painting()
        self.defect: BaseException | None = None
        """What ended the screen although nobody asked for it; the first of several."""

    @property
    def backend(self) -> Backend:
        """The home that the screens look at."""
        return self._backend

    @backend.setter
    def backend(self, backend: Backend) -> None:
        if backend is not self._backend:
            self._backend = backend
            self.tools = Tools()
            begin_work(self, self._prepare, "tools", "make the programs ready")

    def get_default_screen(self) -> Screen[None]:
        """Begin at Home."""
        return HomeScreen()

    def on_mount(self) -> None:
        """Take signals in the loop, then do what can wait until the first frame is there."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            # Left to themselves, both kill the process and leave the terminal raw.
            with contextlib.suppress(ValueError, NotImplementedError, RuntimeError):
                loop.add_signal_handler(number, self.leave, 128 + number)
        if not self.is_headless:
            self.set_interval(LOOK_AT_TERMINAL, self._look_at_terminal)
        self.set_timer(AFTER_FIRST_FRAME, self._after_first_frame)

    def _look_at_terminal(self) -> None:
        """Leave when the terminal is gone: not every process is told so by a signal."""
        if terminal_is_gone():
            self.leave(128 + signal.SIGHUP)

    def _after_first_frame(self) -> None:
        begin_work(self, self._prepare, "tools", "make the programs ready")
        begin_work(self, self._draw_changes, "draw", "draw what changed")
        if self._begin is not None:
            begin_work(self, partial(self._open_draft, self._begin), "begin", "open a draft")
        elif self._edit is not None:
            begin_work(self, partial(self._open_edit, self._edit), "begin", "open the answers")

    async def _open_draft(self, draft: str) -> None:
        from screens.opening import open_wizard

        await open_wizard(self, draft)

    async def _open_edit(self, fqdn: str) -> None:
        from screens.opening import edited, open_wizard

        await open_wizard(self, await edited(self.backend, fqdn))

    async def _prepare(self) -> None:
        async for tools in self.backend.prepare():
            self.tools = tools
            self._redraw()

    def _redraw(self) -> None:
        redraw = getattr(self.screen, "redraw", None)
        if redraw is not None:
            redraw()

    def open(self, noun: str) -> None:
        """Show the screen of a noun; Home always stands below it, and pages above it go."""
        depth = 1 if noun == "home" else 2
        while len(self.screen_stack) > depth:
            self.pop_screen()
        if noun == "home":
            self.wizard = None
            self._stop_watching()
            self.backend = self.root
            return
        if self.watched is not None:
            self.watched.once(noun)
        module = importlib.import_module(f"screens.{noun}")
        screen = getattr(module, _CLASSES[noun])()
        if len(self.screen_stack) == depth:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def _stop_watching(self) -> None:
        self.workers.cancel_group(self, "follow")
        self.watched = None

    def watch_sovereign(self, fqdn: str, *, show: bool = True) -> None:
        """Follow a Sovereign from now on; ``show`` opens the screen on which it belongs."""
        from screens.watched import Watched

        watched = Watched(fqdn, self.backend.now)
        if self.watched is not None and self.watched.fqdn == fqdn:
            watched.view = self.watched.view
        self.watched = watched
        begin_work(self, partial(self._follow, watched, show=show), "follow", "follow the journal")

    async def _follow(self, watched: Watched, *, show: bool) -> None:
        from provisioner.errors import CatalystError
        from provisioner.remedies import remedy_of
        from screens.watched import noun_of

        opened = not show
        try:
            async for view in self.backend.follow(watched.fqdn):
                watched.view = view
                if not opened:
                    opened = True
                    self.open(noun_of(view))
                self._changed.set()
        except CatalystError as error:
            watched.lost = remedy_of(error, watched.fqdn)
            if not opened:
                self.open("run")
        watched.over = True
        self._changed.set()
        await self._follow_another_run(watched)

    async def _follow_another_run(self, watched: Watched) -> None:
        """Go on once somebody begins another run, here or elsewhere: no screen shows what was."""
        from provisioner.errors import CatalystError

        after = 0 if watched.view is None else watched.view.seq
        try:
            await self.backend.another_run(watched.fqdn, after)
        except CatalystError:
            return  # Its folder was forgotten meanwhile, or cannot be read: that was said.
        self.watch_sovereign(watched.fqdn, show=False)

    async def _draw_changes(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            changed = getattr(self.screen, "view_changed", None)
            if changed is not None:
                changed()
            await asyncio.sleep(DRAW_EVERY)

    def _handle_exception(self, error: Exception) -> None:
        """Keep what no handler or worker expected for ``show``, and end.

        The framework would print it when the screen is gone, with every variable and its secrets.
        """
        if self.defect is None:
            self.defect = error.error if isinstance(error, WorkerFailed) else error
        super()._handle_exception(error)
        self._exit_renderables.clear()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send only what the terminal does not show yet."""
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            sent = Difference(self._painting, renderable, self.size.width)
            renderable = cast("RenderableType", sent)
        super()._display(screen, renderable)

    def action_paint_anew(self) -> None:
        """Draw everything, whatever the terminal shows: others may have written on it."""
        self._painting.forget()
        self.screen.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Say so when the terminal is too small, and go on when it is not."""
        from screens.help import COLUMNS, LINES, TooSmallModal

        # Terminals move what they show when their size changes, and it comes after a pause, too.
        self.action_paint_anew()
        small = event.size.width < COLUMNS or event.size.height < LINES
        shown = isinstance(self.screen, TooSmallModal)
        if small and not shown:
            self.push_screen(TooSmallModal())
        elif shown and not small:
            self.pop_screen()
            self._changed.set()

    def leave(self, code: int = 0) -> None:
        """Keep the draft and end the viewer; a run goes on without it."""
        begin_work(self, partial(self._leave, code), "leave", "keep the draft and leave")

    async def _leave(self, code: int) -> None:
        if self.wizard is not None:
            from provisioner.errors import CatalystError

            # Leaving must work even when the disk is full.
            with contextlib.suppress(CatalystError, OSError):
                await self.wizard.keep()
        self.exit(code, return_code=code)


def show(app: CatalystApp) -> int:
    """Run the application on this terminal and return its exit code.

    Raises what a handler or a worker did not expect, once the terminal is as it was.
    """
    code = app.run(mouse=False)
    if app.defect is not None:
        raise app.defect
    return app.return_code or code or 0


def _is_new(home: Home) -> bool:
    try:
        return not home.sovereigns() and not any(home.drafts.glob("*.json"))
    except OSError:
        # Home says what is wrong with it.
        return False


def run_app(
    home: Home,
    *,
    rehearsal: RehearsalOptions | None,
    begin: str | None = None,
    edit: str | None = None,
) -> int:
    """Open the full screen on a home and return the exit code.

    With ``rehearsal`` it opens the rehearsed home; where that holds nothing yet, or answers were
    given, the wizard opens at once, on those answers or on the example. ``begin`` names another
    draft to open at once, ``edit`` a Sovereign whose answers are to be changed. Needs a terminal
    that can be drawn on: ask ``can_show`` first.
    """
    backend = EngineBackend(home, rehearsal)
    if (
        edit is None
        and rehearsal is not None
        and (rehearsal.answers is not None or _is_new(backend.home))
    ):
        begin = "example"
    app = CatalystApp(backend, begin=begin, edit=edit)
    code = show(app)
    said = farewell(app.watched)
    if said:
        put(sys.stdout, f"{said}\n")
    return code
