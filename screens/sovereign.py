"""What the screens of one begun Sovereign have in common: they follow its journal."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from provisioner.facts import Outcome
from screens.drawing.frame import Key, trail_row
from screens.drawing.naming import unset
from screens.drawing.road import road_steps
from screens.drawing.rows import Row
from screens.watched import TOKEN_REVOKED, Watched, noun_of
from screens.widgets.frame import FrameScreen
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from provisioner.view import View

FOLLOWED = frozenset({"run", "board", "decision", "difference", "handoff", "destroy"})
"""Where a Sovereign goes by itself, and its viewers with it."""
GOES_ON = (Outcome.FAILED, Outcome.CANCELLED, Outcome.INCOMPLETE)
"""How a run ends that can be gone on with."""
TICK = 1.0
"""Seconds between two looks at the clock: elapsed times are shown to the second."""


class SovereignScreen(FrameScreen):
    """Shows the watched Sovereign; draws when its view or the second changed."""

    NOUN: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,h", "home", "Home"),
        Binding("d,q", "leave", "Detach"),
        Binding("N", "name", "Name"),
    ]

    @property
    def watched(self) -> Watched:
        """The Sovereign under observation."""
        watched = self.face.watched
        assert watched is not None  # noqa: S101  (these screens are only opened with one)
        return watched

    @property
    def view(self) -> View | None:
        """What is known of it."""
        return self.watched.view

    def now(self) -> datetime:
        """Return the present moment of its world."""
        return self.watched.now()

    def identity(self) -> str:
        """Return its name."""
        return self.watched.fqdn

    def trail(self) -> Row:
        """Return the phases of its newest run."""
        if self.view is None:
            return Row(" ").add("reading the journal", "quiet")
        return trail_row(road_steps(self.view, self.now()))

    def on_mount(self) -> None:
        """Draw, and draw again each second."""
        super().on_mount()
        self.set_interval(TICK, self.redraw)

    def first_draw(self) -> None:
        """Draw, or go at once where the Sovereign belongs by now."""
        self.composed = True
        self.view_changed()

    def on_screen_resume(self) -> None:
        """Catch up with what happened while a page stood above this screen."""
        self.call_after_refresh(self.view_changed)

    def view_changed(self) -> None:
        """Take note of a new view: go where the Sovereign belongs now, or draw."""
        view = self.view
        if not self.composed:
            return
        if view is not None:
            wanted = noun_of(view)
            if wanted != self.NOUN and self.follows_to(wanted) and self.watched.once(wanted):
                self.face.open(wanted)
                return
        self.redraw()

    def follows_to(self, noun: str) -> bool:
        """Return whether this screen gives way to that one by itself."""
        return noun in FOLLOWED

    def aside(self) -> str:
        """Say that somebody must set records, where that is so."""
        count = unset(self.view)
        return f"N {count} records to set" if count else super().aside()

    def action_help(self) -> None:
        """Show what the keys do, with the one that every screen of a Sovereign has."""
        from screens.help import HelpModal

        keys = [*self.keys(), Key("N", "name and records")]
        self.app.push_screen(HelpModal(self.HELP, keys))

    def action_name(self) -> None:
        """Show the records that lead to the Sovereign."""
        from screens.naming import NamingScreen

        if not isinstance(self, NamingScreen):
            self.app.push_screen(NamingScreen())

    def running(self) -> bool:
        """Return whether a run is at work, as far as is known."""
        view = self.view
        return view is not None and view.outcome is None and not self.watched.over

    def ended(self) -> Outcome | None:
        """Return how the newest run ended."""
        return self.view.outcome if self.view is not None else None

    def wants_token(self) -> bool:
        """Return whether the run ended because Hetzner takes its token no longer."""
        remedy = self.view.remedy if self.view is not None else None
        return not self.running() and remedy is not None and remedy.code == TOKEN_REVOKED

    def action_token(self) -> None:
        """Take another token, and go on with it."""
        if self.wants_token():
            begin_work(self, self._with_token, "token", "take another token")

    async def _with_token(self) -> None:
        from screens.token import another_token

        if await another_token(self):
            self.token_taken()

    def token_taken(self) -> None:
        """Go on: what was being taken down is not built up again for a token's sake."""
        if self.view is not None and noun_of(self.view) == "destroy":
            self.face.open("destroy")
        else:
            self.action_resume()

    def action_resume(self) -> None:
        """Start a runner that goes on from what exists."""
        if not self.running():
            self.say("Starting a runner that goes on from what exists.", "quiet")
            begin_work(self, self._resume, "resume", "go on with the run")

    async def _resume(self) -> None:
        from screens.unlocking import unlocked

        try:
            await unlocked(self.face, partial(self.face.backend.resume, self.watched.fqdn))
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error, self.watched.fqdn), "bad")
            return
        self.face.watch_sovereign(self.watched.fqdn)

    def action_edit(self) -> None:
        """Change the answers; the next plan shows what that means."""
        if not self.running():
            begin_work(self, self._edit, "edit", "change the answers")

    async def _edit(self) -> None:
        from screens.opening import edited, take_up

        face, backend = self.face, self.face.backend
        wizard = await take_up(face, await edited(backend, self.watched.fqdn))
        # From Home, which ends what was followed: the plan of the new answers is another run.
        face.open("home")
        face.backend, face.wizard = backend, wizard
        face.open(wizard.step)

    def action_verify(self) -> None:
        """Look at the name, and from outside, once more."""
        if self.ended() is Outcome.READY:
            begin_work(self, self._verify, "verify", "look from outside once more")

    async def _verify(self) -> None:
        fqdn = self.watched.fqdn
        try:
            await self.face.backend.look_again(fqdn)
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error, fqdn))
            return
        self.face.watch_sovereign(fqdn, show=False)
        self.face.open("run")

    def action_handoff(self) -> None:
        """Look at what is true of a Sovereign that is ready."""
        if self.ended() is Outcome.READY:
            self.face.open("handoff")

    def action_home(self) -> None:
        """Go Home; the run goes on."""
        self.face.open("home")
