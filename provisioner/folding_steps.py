"""A step of the fold: what one kind of event does to the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from provisioner.events import Event, Recorded
from provisioner.view import View

E = TypeVar("E", bound=Event)
Step = Callable[[View, E, Recorded], None]


def registering(
    steps: dict[type[Event], Step[Any]],
) -> Callable[[type[E]], Callable[[Step[E]], Step[E]]]:
    """Return the decorator that puts a step among ``steps``, under its kind of event."""

    def on(kind: type[E]) -> Callable[[Step[E]], Step[E]]:
        def register(step: Step[E]) -> Step[E]:
            steps[kind] = step
            return step

        return register

    return on
