"""What the wizard's steps have in common: answers are judged as they are typed, Enter moves on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input

from provisioner.errors import CatalystError
from screens.drawing.frame import Key, Step, trail_row
from screens.drawing.rows import Row
from screens.questions import question
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.frame import FrameScreen
from screens.widgets.work import begin_work
from screens.wizard import STEPS, Wizard

SAVE_AFTER = 0.4
"""Seconds without a key after which the draft is kept."""


class StepScreen(FrameScreen):
    """One step of the wizard."""

    STEP: ClassVar[str] = ""
    FIELDS: ClassVar[tuple[str, ...]] = ()
    """Dotted names of the answers that are given here, in their order."""
    DEFAULT_CSS = """
    StepScreen #body { overflow-y: auto; }
    StepScreen Field, StepScreen Choice { margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("enter", "advance", "Next"),
        Binding("up", "app.focus_previous", "Previous field"),
        Binding("down", "app.focus_next", "Next field"),
        Binding("f2", "options", "Options"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._saving: Timer | None = None

    @property
    def wizard(self) -> Wizard:
        """The draft in the operator's hands."""
        wizard = self.face.wizard
        assert wizard is not None  # noqa: S101  (a step is only opened with one)
        return wizard

    def identity(self) -> str:
        """Return the name that is being made."""
        return self.wizard.judged.fqdn or "new Sovereign"

    def trail(self) -> Row:
        """Return the steps, with a mark on those that hold."""
        return trail_row(steps_of(self.STEP))

    def keys(self) -> Iterable[Key]:
        """Return the keys that every step has."""
        following = self.following()
        yield Key("enter", following.title() if following else "done")
        yield Key("esc", "back")
        yield Key("F1", "help")
        yield Key("↑↓", "field")
        yield Key("F2", "options")

    def elsewhere(self) -> Iterable[tuple[str, str]]:
        """Yield the steps before this one, and Home."""
        for noun in STEPS[: STEPS.index(self.STEP)]:
            yield f"Go to {noun.title()}", noun
        yield from super().elsewhere()

    def following(self) -> str | None:
        """Return the noun of the next step."""
        at = STEPS.index(self.STEP)
        return STEPS[at + 1] if at + 1 < len(STEPS) else None

    def on_mount(self) -> None:
        """Begin where the operator will type."""
        super().on_mount()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.judge()
        waiting = [name for name, _ in self.wizard.problems(self.FIELDS)]
        self.focus_field(waiting[0] if waiting else next(iter(self._here()), ""))
        begin_work(self, partial(self._keep, self.STEP), "keep", "keep the draft")

    def _here(self) -> list[str]:
        """Return the answers whose questions are shown now."""
        return [each.answers for each in self.questions() if each.display]

    def questions(self) -> list[Field | Choice]:
        """Return the questions of this step, in their order."""
        found = [*self.query(Field), *self.query(Choice)]
        order = {name: at for at, name in enumerate(self.FIELDS)}
        return sorted(found, key=lambda each: order.get(each.answers, len(order)))

    def focus_field(self, name: str) -> None:
        """Put the cursor on a question."""
        for each in self.questions():
            if each.answers == name and each.display:
                each.focus_answer() if isinstance(each, Field) else each.focus()

    def answer_of(self, _name: str, value: str) -> Any:
        """Return what a typed text is as an answer."""
        return value

    def on_field_changed(self, event: Field.Changed) -> None:
        """Keep and judge a typed answer."""
        self.put(event.field.answers, self.answer_of(event.field.answers, event.value))

    def on_choice_chosen(self, event: Choice.Chosen) -> None:
        """Keep and judge a chosen answer."""
        self.put(event.choice.answers, self.answer_of(event.choice.answers, event.value))

    def put(self, name: str, value: Any) -> None:
        """Give an answer."""
        if self.wizard.get(name) == value or (value == "" and self.wizard.get(name) is None):
            return
        self.wizard.put(name, value)
        begin_work(self, self._check, "check", "judge the answers")
        if self._saving is not None:
            self._saving.stop()
        self._saving = self.set_timer(SAVE_AFTER, self._save)

    def _save(self) -> None:
        begin_work(self, partial(self._keep, None), "keep", "keep the draft")

    async def _keep(self, step: str | None) -> None:
        try:
            await self.wizard.keep(step)
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error), "bad")

    async def _check(self) -> None:
        await self.wizard.check()
        self.judge()

    def judge(self) -> None:
        """Show beside each question what its answer is worth."""
        for each in self.query(Field):
            each.judge(self.wizard.problem(each.answers))
        self.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a text is Enter on the screen."""
        event.stop()
        self.action_advance()

    def action_advance(self) -> None:
        """Go on if the step holds, else to the question that needs an answer."""
        gap = self._next_gap()
        if gap:
            # At once, so that whoever types ahead types in the right place.
            self.focus_field(gap)
            return
        begin_work(self, self._advance, "advance", "leave the step")

    def _next_gap(self) -> str:
        """Return the next question without an answer, seen from one that has one."""
        here = [each for each in self.questions() if each.display]
        at = next((n for n, each in enumerate(here) if each.has_focus_within), len(here))
        if at == len(here) or not here[at].value:
            return ""
        open_ = (each for each in here[at + 1 :] if not each.value)
        return next((each.answers for each in open_ if not question(each.answers).gap), "")

    async def _advance(self) -> None:
        await self.wizard.check()
        wrong = self.wizard.problems(self.FIELDS)
        if wrong:
            self._point_at(wrong[0][0])
            return
        if not await self.holds():
            return
        following = self.following()
        if following is not None:
            await self._keep(following)
            self.face.watched = None
            self.face.open(following)

    async def holds(self) -> bool:
        """Return whether reality has nothing against this step."""
        return True

    def _point_at(self, name: str) -> None:
        for each in self.query(Field):
            if each.answers == name:
                each.touched = each.touched or each.active
        self.judge()
        self.focus_field(name)

    def action_back(self) -> None:
        """Go to the step before; nothing is lost."""
        at = STEPS.index(self.STEP)
        self.face.open(STEPS[at - 1] if at else "home")

    def action_options(self) -> None:
        """Show what has a sound default."""
        from screens.advanced import AdvancedScreen

        self.app.push_screen(AdvancedScreen(), lambda _: self.judge())


def steps_of(current: str) -> list[Step]:
    """Return the wizard's steps as seen from one of them."""
    at = STEPS.index(current)
    states = ["done" if n < at else "now" if n == at else "next" for n in range(len(STEPS))]
    return [Step(noun.title(), state) for noun, state in zip(STEPS, states, strict=True)]
