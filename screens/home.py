"""Home: every Sovereign and every draft; where one comes from and returns to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.drawing.frame import Key
from screens.drawing.rows import Row
from screens.opening import copied, edited
from screens.ports import Entry
from screens.widgets.frame import FrameScreen
from screens.widgets.lines import Lines
from screens.widgets.pick import PickList
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from screens.ports import Backend

NEW = "New Sovereign"
REHEARSE = "Rehearse on a simulated cloud"


class HomeScreen(FrameScreen):
    """What there is."""

    DEFAULT_CSS = """
    HomeScreen #list { height: auto; max-height: 60%; }
    HomeScreen #columns { height: 1; }
    HomeScreen #detail { height: 1fr; }
    """
    HELP = (
        "Everything that was begun, live runs first. Enter opens a line where it was left. "
        "A run goes on whether or not anybody looks at it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New"),
        Binding("x", "destroy", "Destroy"),
        Binding("c", "copy", "Copy the answers for another one"),
        Binding("e", "edit", "Edit the answers"),
        Binding("delete", "forget", "Forget"),
        Binding("r", "reload", "Look again"),
        Binding("R", "resume", "Resume the run"),
        Binding("q", "leave", "Quit"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[tuple[Backend, Entry]] = []
        self._loaded = False
        self._forgetting = ""
        """The Sovereign of which one press asked to be forgotten."""

    def body(self) -> ComposeResult:
        """Yield the list, and a word about the chosen line."""
        yield Lines(id="columns")
        yield PickList(id="list")
        yield Lines(id="detail")

    def identity(self) -> str:
        """Home has no name of its own."""
        return ""

    def trail(self) -> Row:
        """Say what the list is of."""
        return Row(" ").add("Sovereigns and drafts", "")

    def keys(self) -> Iterable[Key]:
        """Return the keys of the chosen line."""
        entry = self._chosen()
        if entry is None or entry.trouble is None:
            does = "open" if entry and (entry.view or entry.draft) else "begin"
            # Where it does not simply go on, what opens has the key for it.
            more = () if self._goes_on(entry) else ("resume",)
            yield Key("enter", does, ("apply", "attach", "status", "describe", "logs", *more))
        if self._goes_on(entry):
            yield Key("R", "resume", ("resume", "plan"))
        yield Key("n", "new")
        if entry and (entry.view or entry.draft):
            yield Key("c", "copy")
        if entry and entry.view and not entry.alive:
            yield Key("e", "edit", ("edit",))
        if entry and entry.rented and not entry.alive:
            yield Key("x", "destroy", ("destroy",))
        elif entry and (entry.view or entry.draft) and not (entry.alive or entry.rented):
            yield Key("del", "forget: sure?" if self._forgetting == entry.name else "forget")
        yield Key("?", "help")
        yield Key("q", "quit")

    def _goes_on(self, entry: Entry | None) -> bool:
        """Return whether a run of the chosen line ended so that another can go on with it."""
        from screens.sovereign import GOES_ON
        from screens.watched import TOKEN_REVOKED

        view = entry.view if entry is not None and not entry.alive else None
        if view is None or (view.remedy is not None and view.remedy.code == TOKEN_REVOKED):
            return False
        return view.outcome is None or view.outcome in GOES_ON

    def elsewhere(self) -> Iterable[tuple[str, str]]:
        """Stay: everything is reached from here."""
        return ()

    def on_mount(self) -> None:
        """Paint first, then look at the disk."""
        super().on_mount()
        self.query_one(PickList).focus()

    def on_screen_resume(self) -> None:
        """Look again at what there is, each time Home is seen."""
        self.call_after_refresh(self.action_reload)

    def action_reload(self) -> None:
        """Look again at what there is."""
        begin_work(self, self._load, "home", "look at the home")

    async def _load(self) -> None:
        found: list[tuple[Backend, Entry]] = []
        backend = self.face.root
        for each in (backend, backend.rehearsal):
            if each is not None:
                found += [(each, entry) async for entry in each.entries()]
        found.append((backend, Entry(name=NEW, rehearsed=backend.rehearsed)))
        if backend.rehearsal is not None:
            found.append((backend.rehearsal, Entry(name=REHEARSE, rehearsed=True)))
        self._entries, self._loaded = found, True
        self.redraw()

    def _chosen(self) -> Entry | None:
        index = self.query_one(PickList).index
        return self._entries[index][1] if index < len(self._entries) else None

    def draw(self) -> None:
        """Draw list and detail."""
        from screens.drawing import home

        width = self.room
        self.query_one("#columns", Lines).show([home.heading(width)])
        pick = self.query_one(PickList)
        root = self.face.root
        pick.offer([home.entry_row(e, width, marked=of is not root) for of, e in self._entries])
        # What is rehearsed beside real ones costs nobody anything.
        total = home.sum_row([entry for of, entry in self._entries if of is root], width)
        detail = [total, Row()] if total is not None else [Row()]
        chosen = self._chosen()
        if chosen is not None:
            marked = self._backend() is not root
            detail += home.entry_detail(chosen, width, list(self.keys()), marked=marked)
        if self._loaded and all(e.view is None and e.draft is None for _, e in self._entries):
            detail += home.welcome_rows(width)
        self.query_one("#detail", Lines).show(detail)

    def on_pick_list_moved(self) -> None:
        """Say something about the line that is chosen now."""
        self._forgetting = ""
        self.say("", "")

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Open the chosen line where it was left."""
        backend, entry = self._entries[event.index]
        if entry.trouble is not None:
            return
        self.face.backend = backend
        if entry.view is None:
            self._begin(entry)
        elif entry.draft is not None:
            begin_work(self, partial(self._planned, entry), "begin", "open a plan")
        else:
            self.face.watch_sovereign(entry.name)

    async def _planned(self, entry: Entry) -> None:
        from screens.opening import take_up

        if entry.draft is not None:
            await take_up(self.face, entry.draft.id)
        self.face.watch_sovereign(entry.name)

    def action_new(self) -> None:
        """Ask the first question."""
        self._begin(None)

    def _begin(self, entry: Entry | None) -> None:
        draft = entry.draft.id if entry is not None and entry.draft is not None else None
        begin_work(self, partial(self._wizard, draft), "begin", "open a draft")

    async def _wizard(self, draft_id: str | None) -> None:
        from screens.opening import open_wizard

        await open_wizard(self.face, draft_id)

    def action_destroy(self) -> None:
        """Go where the chosen Sovereign can be taken down."""
        entry = self._chosen()
        if entry is None or entry.view is None:
            return
        if entry.alive:
            self.say("A run is at work on it. Enter shows it; x there cancels it.")
            return
        self.face.backend = self._entries[self.query_one(PickList).index][0]
        # Only this one screen: on another, the letters of a typed name would be keys.
        self.face.watch_sovereign(entry.name, show=False)
        self.face.open("destroy")

    def action_resume(self) -> None:
        """Start a runner that goes on with the chosen Sovereign, and show it."""
        entry = self._chosen()
        if entry is not None and self._goes_on(entry):
            self.say("Starting a runner that goes on from what exists.", "quiet")
            begin_work(self, partial(self._resume, entry), "begin", "go on with a run")

    async def _resume(self, entry: Entry) -> None:
        from screens.unlocking import unlocked

        self.face.backend = self._backend()
        await unlocked(self.face, partial(self.face.backend.resume, entry.name))
        self.say("", "")
        self.face.watch_sovereign(entry.name)

    def action_copy(self) -> None:
        """Ask for another name with the chosen one's answers."""
        entry = self._chosen()
        if entry is not None and (entry.view or entry.draft):
            begin_work(self, partial(self._copy, entry), "begin", "copy answers")

    async def _copy(self, entry: Entry) -> None:
        backend = self._backend()
        held = entry.draft.answers if entry.draft is not None else None
        answers = held if held is not None else await backend.answers_of(entry.name)
        draft = await copied(backend, answers)
        self.face.backend = backend
        await self._wizard(draft)

    def action_edit(self) -> None:
        """Change the answers of the chosen Sovereign; the next plan shows what that means."""
        entry = self._chosen()
        if entry is not None and entry.view is not None and not entry.alive:
            begin_work(self, partial(self._edit, entry), "begin", "edit answers")

    async def _edit(self, entry: Entry) -> None:
        backend = self._backend()
        known = entry.draft.id if entry.draft is not None else None
        draft = known or await edited(backend, entry.name)
        self.face.backend = backend
        await self._wizard(draft)

    def _backend(self) -> Backend:
        """Return the home of the chosen line."""
        return self._entries[self.query_one(PickList).index][0]

    def action_forget(self) -> None:
        """Remove the chosen draft; of a Sovereign that is not rented, at the second press."""
        entry = self._chosen()
        if entry is None or entry.alive or not (entry.view or entry.draft):
            return
        if entry.rented:
            self.say("It is rented. Destroy it first; its folder is what can take it down.")
        elif entry.view is not None and self._forgetting != entry.name:
            self._forgetting = entry.name
            self.say("del again removes its answers, journal and logs. Nothing of it is rented.")
        else:
            self._forgetting = ""
            begin_work(self, partial(self._forget, self._backend(), entry), "home", "forget")

    async def _forget(self, backend: Backend, entry: Entry) -> None:
        if entry.view is not None:
            await backend.forget_sovereign(entry.name)
        if entry.draft is not None:
            await backend.forget(entry.draft.id)
        self.say("", "")
        await self._load()
