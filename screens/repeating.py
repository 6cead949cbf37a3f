"""What an event would only say again: many tell of more than their line shows."""

from __future__ import annotations

from provisioner.events import ComponentChanged, Event, RunStarted, WaitStarted


class Repeating:
    """Remembers what was said last of each wait and of each component, since a run began."""

    def __init__(self) -> None:
        self._said: dict[tuple[type[Event], str], str] = {}

    def repeats(self, event: Event, text: str) -> bool:
        """Return whether a line would say again what was said last of the same thing.

        Events also tell of what a line does not show: a rung of a ladder, the end of a wait.
        """
        match event:
            case RunStarted():
                self._said.clear()
                return False
            case WaitStarted(key=name) | ComponentChanged(component=name):
                before = self._said.get((type(event), name))
                self._said[type(event), name] = text
                return before == text
        return False
