"""A question of questions.toml as a widget."""

from __future__ import annotations

from collections.abc import Sequence

from screens.questions import MANY, question
from screens.widgets.choice import Choice
from screens.widgets.field import Field


def field(answers: str, value: str = "") -> Field:
    """Return a question with a text for an answer."""
    asked = question(answers)
    return Field(
        _widget(answers),
        asked.title,
        value=value,
        hint=asked.hint,
        example=asked.example,
        secret=asked.kind == "secret",
        terse=asked.terse,
    )


def choice(
    answers: str, value: str = "", options: Sequence[tuple[str, str]] | None = None
) -> Choice:
    """Return a question with a few answers; ``options`` replaces those of the data."""
    asked = question(answers)
    offered = asked.options if options is None else options
    return Choice(_widget(answers), asked.title, offered, value or asked.usual, asked.hint)


def _widget(answers: str) -> str:
    """Return a name that a widget can have: a page shows one pool at a time."""
    return answers.replace(MANY, "pool.")
