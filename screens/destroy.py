"""Destroy: the inventory, the typed name, the progress, and the empty inventory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from provisioner.errors import CatalystError
from provisioner.facts import Outcome, PhaseName
from provisioner.view import View
from screens.cancelling import CancellingScreen
from screens.drawing import destroy as draw
from screens.drawing.frame import Key
from screens.drawing.rows import Row, Rows
from screens.drawing.run import activity_rows
from screens.sovereign import GOES_ON
from screens.unlocking import unlocked
from screens.widgets.field import AnswerInput
from screens.widgets.lines import FittedLines, Lines
from screens.widgets.work import begin_work

VOLUMES, PROTECTED = "destroy_volumes", "destroy_protected"
SHARED = "destroy_shared"
"""The codes of what a typed name alone does not decide."""


class Look(Enum):
    """Where the listing of what exists stands, for which a runner is begun."""

    NOT_YET = auto()
    BEGINS = auto()
    GOES_ON = auto()
    OVER = auto()


class DestroyScreen(CancellingScreen):
    """Takes everything down, once the name was typed."""

    NOUN = "destroy"
    HELP = (
        "Servers are switched off first, then everything goes in the right order, and Hetzner is "
        "listed again until nothing is left. Resources of others in the same project are never "
        "touched. It cannot be undone."
    )
    DEFAULT_CSS = """
    DestroyScreen #what { height: 1fr; }
    DestroyScreen #ask { height: 2; }
    DestroyScreen #typed { height: 1; margin-left: 3; width: 64; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "run", "Run"),
        Binding("f2", "volumes(True)", "Keep the volumes"),
        Binding("f3", "volumes(False)", "Delete the volumes"),
        Binding("f4", "unprotect", "Lift the protection"),
        Binding("f5", "run", "Run"),
        Binding("f6", "resume", "Resume the run"),
        Binding("f7", "token", "Another token"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._keep: bool | None = None
        """What becomes of volumes, once it was said."""
        self._unprotect = False
        self._look = Look.NOT_YET
        """Where it stands with the listing of what exists, which is asked for once."""
        self._confirmed = False
        """Whether the name was given while that went on."""

    def body(self) -> ComposeResult:
        """Yield what will go, and the question."""
        yield FittedLines(id="what")
        yield Lines(id="ask")
        yield AnswerInput("", example="its name, as in the first line", id="typed")

    def on_mount(self) -> None:
        """Begin where the name is typed."""
        super().on_mount()
        self.query_one("#typed").focus()

    def keys(self) -> Iterable[Key]:
        """Return the keys."""
        if self._asks():
            open_ = self._open()
            if open_ == VOLUMES:
                yield Key("F2", "keep the volumes")
                yield Key("F3", "delete them")
            elif open_ == PROTECTED:
                yield Key("F4", "lift the protection")
            elif self.wants_token():
                yield Key("F7", "give a token", ("destroy",))
            else:
                yield Key("enter", "destroy", ("destroy",))
            yield Key("esc", "home")
            yield Key("F5", "run and log")
            if self.ended() in GOES_ON:
                yield Key("F6", "resume", ("resume",))
        else:
            yield from self.cancel_keys()
            yield Key("l", "run and log")
            yield Key("h", "home")
            yield Key("q", "leave")
            yield Key("?", "help")

    def token_taken(self) -> None:
        """Look again at what there is."""
        self.face.open("destroy")

    def _destroying(self) -> bool:
        view = self.view
        return view is not None and view.run is not None and view.run.command == "destroy"

    def _open(self) -> str:
        """Return the code of a question that the last run left and that was not answered yet."""
        view = self.view
        if view is None or view.outcome is not Outcome.NEEDS_DECISION or view.remedy is None:
            return ""
        answered = {VOLUMES: self._keep is not None, PROTECTED: self._unprotect}
        return view.remedy.code if not answered.get(view.remedy.code, True) else ""

    def view_changed(self) -> None:
        """Ask what exists, as soon as it is known that nothing else is at work."""
        super().view_changed()
        may = self._asks() and not self._destroying() and not self._looking()
        if may and self.view is not None and self._look is Look.NOT_YET and self.view.rented_since:
            self._look = Look.BEGINS
            self.say("Hetzner is asked what exists.", "quiet")
            begin_work(self, self._list, "inventory", "list what exists")
        elif self._look is Look.GOES_ON and self.watched.over:
            self._look = Look.OVER
            self.say("", "")
            if self._confirmed:
                self._confirmed = False
                self._destroy()

    def _looking(self) -> bool:
        """Return whether a runner lists what exists now."""
        view = self.view
        looks = view is not None and view.beside is not None and view.beside.command == "inventory"
        return looks and not self.watched.over

    async def _list(self) -> None:
        try:
            list_it = partial(self.face.backend.list_inventory, self.watched.fqdn)
            await unlocked(self.face, list_it)
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error, self.watched.fqdn), "bad")
            self._look, self._confirmed = Look.OVER, False
            return
        self._look = Look.GOES_ON
        self.face.watch_sovereign(self.watched.fqdn, show=False)

    def action_volumes(self, keep: bool) -> None:
        """Say what becomes of the volumes; the name is typed after that."""
        if self._asks():
            self._keep = keep
            what = "stay, at their price" if keep else "are deleted, with all data on them"
            self.say(f"The volumes {what}. Type the name to destroy the rest.")

    def action_unprotect(self) -> None:
        """Let what is protected lose its protection; the name is typed after that."""
        if self._asks():
            self._unprotect = True
            self.say("What is protected loses its protection. Type the name to destroy it.")

    def _asks(self) -> bool:
        return not self.running() and self.ended() is not Outcome.DESTROYED

    def draw(self) -> None:
        """Draw the stage it is at."""
        view, width = self.view, self.room
        what = self.query_one("#what", Lines)
        typed = self.query_one("#typed", AnswerInput)
        shown, typed.display = typed.display, self._asks()
        if not typed.display and typed.has_focus:
            self.set_focus(None)
        elif typed.display and not shown:
            # Whoever reads the question goes on typing; without the focus letters are keys.
            typed.focus()
        if view is None:
            return
        height, keys = max(what.size.height, 1), list(self.keys())
        if self._destroying() and view.outcome is Outcome.DESTROYED:
            rows = draw.after_rows(view, width)
        elif self._destroying() and view.outcome is None:
            begun = view.begun
            rows = [] if begun else [*draw.before_rows(view, width, height - 3), Row()]
            rows += activity_rows(view, self.now(), width, height - len(rows), keys)
        elif self._destroying() and view.outcome is not Outcome.NEEDS_DECISION:
            rows = activity_rows(view, self.now(), width, height, keys)
        else:
            rows = self._question(view, width, keys)
            rows += draw.before_rows(view, width, height - len(rows))
        what.show(rows)
        ask = Row(" ").add("To take all of this down, type its name:", "warn")
        self.query_one("#ask", Lines).show([Row(), ask] if self._asks() else [])

    def _question(self, view: View, width: int, keys: Sequence[Key]) -> Rows:
        """Return what the last run asked: of what others share, only they can answer."""
        if self._open():
            return draw.question_rows(view, width)
        asked = view.remedy if view.outcome is Outcome.NEEDS_DECISION else None
        shared = asked is not None and asked.code == SHARED
        return draw.question_rows(view, width, keys) if shared else []

    def trail(self) -> Row:
        """Say what this is, until the run itself does."""
        if self._destroying() and self.view is not None and PhaseName.DESTROY in self.view.phases:
            return super().trail()
        return Row(" ").add("Destroy", "bad").add("   everything of this Sovereign", "quiet")

    def follows_to(self, _noun: str) -> bool:
        """Stay: whoever opened this screen wants it."""
        return False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Destroy if the name is the name."""
        event.stop()
        if self._open():
            self.say("First the question above; nothing was done.")
            return
        if event.value.strip() != self.watched.fqdn:
            self.say("That is not its name; nothing was done.")
            return
        if self._look in (Look.BEGINS, Look.GOES_ON):
            self._confirmed = True
            self.say("It begins as soon as what exists is listed.", "quiet")
            return
        self._destroy()

    def _destroy(self) -> None:
        self.say("Starting the runner.", "quiet")
        begin_work(self, self._begin, "destroy", "begin to destroy")

    async def _begin(self) -> None:
        try:
            destroy = partial(
                self.face.backend.destroy,
                self.watched.fqdn,
                keep_volumes=self._keep,
                unprotect=self._unprotect,
            )
            await unlocked(self.face, destroy)
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error, self.watched.fqdn), "bad")
            return
        # Only now: whoever is refused need not type it again.
        self.query_one("#typed", AnswerInput).value = ""
        self.say("", "")
        self.face.watch_sovereign(self.watched.fqdn)

    def action_run(self) -> None:
        """Look at the run and its log."""
        self.face.open("run")
