"""The questions that make a spec: their words, and what a typed text is as an answer.

Source of the words: questions.toml. Knows no widget.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

MANY = "sizing.workers[]."
"""Begins the names of what is asked once a worker pool."""
LONGEST_NUMBER = 5
"""Digits; a longer one is left as text, which the rules then refuse."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a group of questions is about."""

    heading: str
    help: str


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question; the head of questions.toml says what each part is for."""

    answers: str
    step: str
    title: str
    hint: str = ""
    example: str = ""
    """Shown, and never an answer."""
    kind: Literal["text", "number", "list", "pairs", "yes_no", "secret"] = "text"
    options: tuple[tuple[str, str], ...] = ()
    usual: str = ""
    gap: bool = False
    when: dict[str, str] = {}
    terse: bool = False


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    steps: dict[str, Step]
    questions: tuple[Question, ...]
    secrets: tuple[Question, ...]


@cache
def _data() -> _Data:
    text = files("screens").joinpath("questions.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _Data)


def questions(step: str | None = None) -> tuple[Question, ...]:
    """Return the questions of a step, or all of them, in their order."""
    return tuple(each for each in _data().questions if step in (None, each.step))


@cache
def question(answers: str) -> Question:
    """Return the question that asks for an answer, or for a secret that is no part of a spec."""
    return next(each for each in (*questions(), *_data().secrets) if each.answers == answers)


def step_of(noun: str) -> Step:
    """Return what a step says about itself."""
    return _data().steps[noun]


def typed(answer: Any) -> str:
    """Return an answer as one types it."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, dict):
        return " ".join(f"{key}={each}" for key, each in answer.items())
    if isinstance(answer, list | tuple):
        return " ".join(map(str, answer))
    return "" if answer is None else str(answer)


def meant(kind: str, text: str) -> Any:
    """Return what a typed text is as an answer, or None for nothing; wrong ones stay as typed."""
    if not text:
        return None
    match kind:
        case "number":
            return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else text
        case "list":
            return text.replace(",", " ").split() or None
        case "pairs":
            pairs = (each.partition("=") for each in text.split())
            return {key: value for key, _, value in pairs}
        case "yes_no":
            return {"yes": True, "no": False}.get(text.lower(), text)
    return text
