"""One question: shown, read, judged by rule and by reality, and asked again with the reason."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from catalyst_tui.plain.cloud import Cloud, Options
from catalyst_tui.plain.console import Console
from catalyst_tui.plain.sheet import KEY, Sheet
from provisioner.answers_findings import finding
from provisioner.facts import Finding, Severity
from screens.questions import Question, meant, step_of, typed

BACK, HELP, NOTHING = "<", "?", "-"
KEYS = (
    f"Enter takes what stands in brackets. {BACK} goes back to the question before, {NOTHING} "
    f"takes an answer back, {HELP} explains. Ctrl-C leaves; answers are kept."
)


class Turn(Enum):
    """Where a conversation goes after a question."""

    NEXT = auto()
    BACK = auto()


class Asking:
    """Asks questions about one draft."""

    def __init__(self, sheet: Sheet, cloud: Cloud, console: Console) -> None:
        self._sheet = sheet
        self._cloud = cloud
        self._console = console

    async def ask(self, question: Question) -> Turn:
        """Ask until the answer holds, or the operator wants to go back."""
        options = await self._cloud.options(question)
        self._introduce(question, options)
        held = self._held(question)
        while True:
            prompt = f"{question.title}{_bracket(typed(held) or question.usual)}: "
            text = (await self._console.read(prompt)).strip()
            if text == BACK:
                return Turn.BACK
            if text == HELP:
                self._console.say(step_of(question.step).help)
                self._introduce(question, options)
                continue
            answer = self._answer(question, text, options, held)
            if await self._holds(question, answer, options):
                return Turn.NEXT

    async def token(self, question: Question) -> Turn:
        """Ask for the token; what is typed is shown nowhere and stands in no draft."""
        await self._cloud.look()
        self._introduce(question, ())
        self._console.say(f"{NOTHING} goes on without asking Hetzner; `catalyst plan` needs one.")
        while True:
            held = self._cloud.token
            ending = f"the one ending in {held.ending}" if held and held.ending else "the known one"
            prompt = f"{question.title}, not shown{_bracket(ending if held else '')}: "
            text = (await self._console.read(prompt, secret=True)).strip()
            if text == BACK:
                return Turn.BACK
            if text == NOTHING:
                return Turn.NEXT
            if text == HELP:
                self._console.say(step_of(question.step).help)
                continue
            if text and not await self._cloud.keep(text):
                continue
            if await self._cloud.try_token():
                await self._cloud.open()
                return Turn.NEXT

    def _held(self, question: Question) -> Any:
        """Return the answer that Enter keeps; a wrong one is told, and not kept by Enter."""
        answer, problem = self._sheet.get(question.answers), self._sheet.problem(question.answers)
        if answer is None or problem is None:
            return answer
        self._console.say(f"{_told(answer, problem)}{problem.reason} {problem.remedy}")
        return None

    def _introduce(self, question: Question, options: Options) -> None:
        self._console.say()
        hint = f" {question.hint}" if question.hint else ""
        example = f" For example: {question.example}" if question.example else ""
        self._console.say(f"{question.title}.{hint}{example}")
        numbered = _numbered(question)
        for number, (value, words) in enumerate(options, 1):
            name = f"  {number}  " if numbered else "  "
            self._console.say(f"{name}{value}{f': {words}' if words not in ('', value) else ''}")

    def _answer(self, question: Question, text: str, options: Options, held: Any) -> Any:
        if not text:
            return held if held is not None else meant(question.kind, question.usual)
        if text == NOTHING:
            return None
        values = {value.lower(): value for value, _ in options}
        if text.lower() in values:
            text = values[text.lower()]
        elif _numbered(question) and text.isdecimal() and 1 <= int(text[:4]) <= len(options):
            text = options[int(text[:4]) - 1][0]
        return meant(question.kind, text)

    async def _holds(self, question: Question, answer: Any, options: Options) -> bool:
        wrong = _no_option(question, answer)
        if wrong is None:
            await self._sheet.put(question.answers, answer)
            await self._sheet.keep(question.step)
            wrong = self._sheet.problem(question.answers)
        if wrong is None:
            found = await self._cloud.against(question.answers)
            for each in found:
                self._console.say(f"{each.reason} {each.remedy}")
            return not any(each.severity is Severity.BLOCKING for each in found)
        self._console.say(f"{wrong.reason} {wrong.remedy}")
        if options and not question.options:
            self._console.say(f"There are {', '.join(value for value, _ in options)}.")
        return False


async def confirm(console: Console, question: str, *, usual: bool) -> bool | None:
    """Return yes or no, or None for going back."""
    while True:
        text = (await console.read(f"{question}{_bracket(typed(usual))}: ")).strip().lower()
        if text == BACK:
            return None
        answer = meant("yes_no", text) if text else usual
        if isinstance(answer, bool):
            return answer
        console.say("Type yes or no.")


def _numbered(question: Question) -> bool:
    """Return whether answers can be chosen by number: not where they are numbers themselves."""
    return question.kind != "number"


def _no_option(question: Question, answer: Any) -> Finding | None:
    """Return what is wrong with an answer that is none of the few there are."""
    if answer is None or not question.options:
        return None
    values = [value for value, _ in question.options]
    path = question.answers == KEY and "/" in str(answer)
    if typed(answer) in values or path:
        return None
    expected = " or ".join(values)
    return finding("not_one_of", question.answers.split("."), answer, {"expected": expected})


def _bracket(text: str) -> str:
    return f" [{text}]" if text else ""


def _told(answer: Any, problem: Finding) -> str:
    """Say what was typed, where it may be shown."""
    return "" if isinstance(answer, dict) or not problem.value else f"Typed: {problem.value}. "
