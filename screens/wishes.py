"""What an operator may ask of Flux for one component, on the board and in its detail."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from provisioner.errors import CatalystError
from provisioner.facts import State
from screens.drawing.component import pull_hint
from screens.sovereign import SovereignScreen
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from provisioner.cluster.actions import Acted
    from provisioner.view import ComponentLine

Asking = Callable[[], Coroutine[Any, Any, "Sequence[Acted]"]]

PULL = "image_pull"
"""The code of a component whose image cannot be pulled."""
_SAID = {
    "reconcile": "Flux looks at {name} again.",
    "retry": "{name} had given up and tries again.",
    "suspend": "{name} is suspended. z takes it up again.",
    "resume": "Flux takes {name} up again.",
}


class WishingScreen(SovereignScreen):
    """A screen on which one component is looked at, and Flux can be asked for something."""

    def looked_at(self) -> str:
        """Return the name of the component that is looked at."""
        raise NotImplementedError

    def _line(self) -> ComponentLine | None:
        return self.view.components.get(self.looked_at()) if self.view is not None else None

    def suspended(self) -> bool:
        """Return whether Flux leaves the component as it is, as far as is known."""
        line, wished = self._line(), self.watched.suspended
        if not self.running() and self.looked_at() in wished:
            return wished[self.looked_at()]
        return line is not None and line.state is State.SUSPENDED

    def cannot_pull(self) -> bool:
        """Return whether the component lacks an image."""
        line = self._line()
        return line is not None and line.code == PULL

    def action_reconcile(self) -> None:
        """Have Flux look again."""
        name = self.looked_at()
        if name:
            cluster = self.face.backend.cluster(self.watched.fqdn)
            self._wish(name, partial(cluster.reconcile, name))

    def action_suspend(self) -> None:
        """Have Flux leave the component as it is, or take it up again."""
        name = self.looked_at()
        if name:
            cluster = self.face.backend.cluster(self.watched.fqdn)
            wanted = not self.suspended()
            self._wish(name, partial(cluster.suspend, name, suspended=wanted))

    def action_pull(self) -> None:
        """Say how credentials for a registry are given."""
        line = self._line()
        if line is not None and line.code == PULL and line.expected.releases:
            self.say(pull_hint(line.expected.releases[0].namespace))

    def stay(self) -> None:
        """Keep looking at this component, whatever else breaks."""

    def _wish(self, name: str, ask: Asking) -> None:
        self.stay()
        self.say("Asking Flux.", "quiet")
        begin_work(self, partial(self._asked, name, ask), "wish", "ask Flux for something")

    async def _asked(self, name: str, ask: Asking) -> None:
        try:
            acted = await ask()
        except CatalystError as error:
            from screens.opening import sentence

            self.say(sentence(error, self.watched.fqdn, name), "bad")
            return
        if acted and acted[-1].asked in ("suspend", "resume"):
            self.watched.suspended[name] = acted[-1].asked == "suspend"
        said = _SAID.get(acted[-1].asked, "Flux was asked.") if acted else "Flux was asked."
        text = said.format(name=name)
        if not self.running():
            text += " R has a run watch it."
        self.say(text, "quiet")
