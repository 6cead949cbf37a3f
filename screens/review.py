"""Review: the plan, its exact price, and the one deliberate act that begins to cost money."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from provisioner.facts import Outcome
from screens.agreeing import AgreeingScreen
from screens.drawing import review as draw
from screens.drawing.answers import so_far
from screens.drawing.frame import Key, rule, trail_row
from screens.drawing.remedy import keyed_rows
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.run import activity_rows
from screens.form import steps_of
from screens.sovereign import FOLLOWED, GOES_ON
from screens.unlocking import unlocked
from screens.widgets.field import AnswerInput
from screens.widgets.lines import FittedLines, Lines
from screens.widgets.work import begin_work
from screens.wizard import STEPS

if TYPE_CHECKING:
    from provisioner.events import PlanSaved
    from provisioner.view import View

_STEP_OF = {"organisation": "organisation", "domain": "domain", "sizing": "sizing"}


class ReviewScreen(AgreeingScreen):
    """Waits for the programs, has the plan made, shows it, and asks."""

    NOUN = "review"
    AUTO_FOCUS = ""
    """Nobody types before there is a plan: until then letters are keys."""
    HELP = (
        "A runner has made and priced this plan; it has changed nothing. To apply exactly it, type "
        "the first four characters of its hash. In a rehearsal pressing a twice is enough: nothing "
        "is rented there."
    )
    DEFAULT_CSS = """
    ReviewScreen #plan { height: 1fr; }
    ReviewScreen #ask { height: 2; }
    ReviewScreen #typed { display: none; height: 1; width: 12; margin-left: 3; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "agree", "Apply"),
        Binding("escape", "back", "Back"),
        Binding("e", "edit", "Edit"),
        Binding("o,f2", "options", "Options"),
        Binding("f6", "export", "Answers as a file, and as commands"),
        Binding("p", "plan_again", "Plan again"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._trouble: CatalystError | None = None
        self._planning = False
        """Whether a runner that plans is being started."""
        self._seen_plan = False
        """Whether the plan was here; before, the journal may still tell of an older run."""

    def body(self) -> ComposeResult:
        """Yield the plan and the question."""
        yield FittedLines(id="plan")
        yield Lines(id="ask")
        yield AnswerInput("", example="hash", id="typed")

    def identity(self) -> str:
        """Return the name, which the answers give before there is a journal."""
        if self.face.watched is not None:
            return self.face.watched.fqdn
        return self.face.wizard.judged.fqdn if self.face.wizard is not None else ""

    def trail(self) -> Row:
        """Return the wizard's steps: this is its last."""
        return trail_row(steps_of("review"))

    @property
    def view(self) -> View | None:
        """What is known of the planned Sovereign, once there is a journal."""
        return self.face.watched.view if self.face.watched is not None else None

    def on_mount(self) -> None:
        """Have the plan made, unless it is only looked at again."""
        super().on_mount()
        if self.face.wizard is not None and self.face.watched is None:
            self.action_plan_again()

    def action_plan_again(self) -> None:
        """Have the plan made from the answers as they are now."""
        if self.face.wizard is not None and not self.running():
            self.face.watched = None
            self._trouble, self._planning = None, True
            begin_work(self, self._plan, "plan", "have a plan made")

    async def _plan(self) -> None:
        wizard = self.face.wizard
        if wizard is None:
            return

        async def plan() -> None:
            wizard.fqdn = await self.face.backend.plan(wizard.answers)

        try:
            await unlocked(self.face, plan)
        except CatalystError as error:
            self._trouble, self._planning = error, False
            self.redraw()
            return
        self._planning = False
        self.face.watch_sovereign(wizard.fqdn, show=False)

    def running(self) -> bool:
        """Return whether the planning run is at work."""
        return self.face.watched is not None and super().running()

    def _planned(self) -> PlanSaved | None:
        view = self.view
        if view is None or view.plan is None or view.outcome is not Outcome.PLANNED:
            return None
        return view.plan

    def keys(self) -> Iterable[Key]:
        """Return the keys that do something now."""
        if self._planned() is not None:
            if self.face.backend.rehearsed:
                yield Key("a", "apply: sure?" if self._asked else "apply")
            else:
                yield Key("enter", "apply, once the hash stands there")
        if self.face.wizard is not None:
            yield Key("esc", "back", ("edit",))
            yield Key("o" if self.face.backend.rehearsed else "F2", "options")
            if self._planned() is None and not self.running() and not self._planning:
                yield Key("p", "plan again", ("plan", "resume"))
        else:
            yield Key("esc", "home")
            if self.ended() in GOES_ON:
                yield Key("e", "edit and plan again", ("edit", "plan", "resume"))
        yield Key("?" if self.face.backend.rehearsed else "F1", "help")
        yield Key("F6", "as file, as commands")

    def elsewhere(self) -> Iterable[tuple[str, str]]:
        """Yield the steps before this one, and Home."""
        if self.face.wizard is not None:
            for noun in STEPS[:-1]:
                yield f"Go to {noun.title()}", noun
        yield from super().elsewhere()

    def view_changed(self) -> None:
        """Put the cursor where the hash is typed, as soon as there is one."""
        super().view_changed()
        if not self.composed:
            return
        self._seen_plan = self._seen_plan or self._planned() is not None
        typed = self.query_one("#typed", AnswerInput)
        if typed.display and not typed.has_focus:
            typed.focus()

    def draw(self) -> None:
        """Draw the stage it is at."""
        pane, width = self.query_one("#plan", Lines), self.room
        plan = self._planned()
        typed = self.query_one("#typed", AnswerInput)
        typed.display = plan is not None and not self.face.backend.rehearsed
        pane.show(self._rows(width, max(pane.size.height, 1)))
        ask = self.query_one("#ask", Lines)
        if plan is None:
            ask.show([])
        elif self.face.backend.rehearsed:
            said = Row(" ").add("a", "key").add(" twice applies exactly this plan.")
            ask.show([rule(width), said.add("" if self._rents() else " Nothing is rented.")])
        else:
            start = plan.sha256[: draw.HASH]
            begin = "" if self._rents() else " and begin to pay"
            said = Row(" ").add(f"To apply exactly this plan{begin}, type ")
            ask.show([rule(width), said.add(start, "strong").add(" and press enter:")])

    def _rents(self) -> bool:
        """Return whether something is rented already."""
        return self.view is not None and self.view.rented_since is not None

    def _rows(self, width: int, height: int) -> Rows:
        plan, view = self._planned(), self.view
        if self._trouble is not None:
            trouble = _trouble_rows(self._trouble, self.identity(), width, list(self.keys()))
            return [*trouble, *self._answered(width)]
        if plan is not None and view is not None:
            prices = draw.price_rows(plan.price, width) + draw.against_rows(view, plan, width)
            stands = draw.standing_row(view, plan, width)
            prices += [stands] if stands is not None else []
            found = draw.finding_rows(view.findings, width)
            room = height - len(prices) - len(found) - (2 if found else 1)
            rows = [*draw.plan_rows(plan, view.fqdn, width, max(room, 4)), Row(), *prices]
            return [*rows, *([Row()] if found else []), *found]
        if view is not None:
            return self._under_way(view, width, height)
        return [
            *_waiting_rows(self.face.tools.ready, self.face.tools.line, width),
            *self._answered(width),
        ]

    def _answered(self, width: int) -> Rows:
        """Return what the plan is made from, to be read while one waits."""
        wizard = self.face.wizard
        return [Row(), *so_far(wizard, "review", width)] if wizard is not None else []

    def _under_way(self, view: View, width: int, height: int) -> Rows:
        rows = activity_rows(view, self.now(), width, height, list(self.keys()))
        if view.outcome is None:
            found = draw.finding_rows(view.findings, width)
            rows += [Row(), *found] if found else []
        return rows[:height]

    def follows_to(self, noun: str) -> bool:
        """Give way to the run once this plan is applied, from here or from elsewhere."""
        return noun in FOLLOWED - {"destroy"} and self._seen_plan

    async def _begun(self) -> None:
        if self.face.wizard is not None:
            await self.face.wizard.forget()
            self.face.wizard = None

    def action_back(self) -> None:
        """Go back to Sizing, or Home when there are no answers in hand."""
        self.face.open(STEPS[-2] if self.face.wizard is not None else "home")

    def action_edit(self) -> None:
        """Go to the answer that the first finding is about."""
        findings = self.view.findings if self.view is not None else ()
        if self.face.wizard is None:
            super().action_edit()
            return
        if not findings:
            return
        section = findings[0].field.partition(".")[0]
        self.face.open(_STEP_OF.get(section, "credentials"))

    def action_export(self) -> None:
        """Show the answers as a file, and the same road by commands."""
        begin_work(self, self._export, "export", "show the answers")

    async def _export(self) -> None:
        from screens.export import ExportScreen

        wizard, plan = self.face.wizard, self._planned()
        if wizard is None and self.face.watched is None:
            return
        fqdn = self.identity()
        answers = wizard.answers if wizard else await self.face.backend.answers_of(fqdn)
        sha256 = plan.sha256 if plan is not None else "SHA256"
        self.app.push_screen(ExportScreen(answers, sha256))

    def action_options(self) -> None:
        """Show what has a sound default; a change is planned anew."""
        from screens.advanced import AdvancedScreen

        wizard = self.face.wizard
        if wizard is None:
            return
        before = wizard.revision

        def back(_: object) -> None:
            if wizard.revision != before:
                self.action_plan_again()

        self.app.push_screen(AdvancedScreen(), back)


def _waiting_rows(ready: bool, line: str, width: int) -> Rows:
    if ready:
        return [Row(" ").add("Starting a runner that plans. Nothing is rented by it.")]
    rows = [Row(" ").add("The programs that plan are being made ready", "strong"), Row()]
    rows += wrapped(line, width - 2, indent=3)
    said = "OpenTofu and its provider are found, downloaded or built once and then kept."
    return [*rows, Row(), *wrapped(said, width - 2, indent=3, role="quiet")]


def _trouble_rows(error: CatalystError, fqdn: str, width: int, keys: Sequence[Key]) -> Rows:
    from provisioner.remedies import remedy_of

    remedy = remedy_of(error, fqdn)
    rows = [Row(" ").add("✗ ", "bad").add("There is no plan", "strong"), Row()]
    for text in (remedy.what, remedy.means, remedy.action):
        rows += keyed_rows(text, keys, width - 2, indent=3, most=3)
    return rows
