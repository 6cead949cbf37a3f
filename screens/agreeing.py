"""A page on which exactly one plan is agreed to, and then begins to be applied."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.widgets import Input

from screens.drawing.review import HASH
from screens.sovereign import SovereignScreen
from screens.unlocking import unlocked
from screens.widgets.work import begin_work

if TYPE_CHECKING:
    from provisioner.events import PlanSaved


class AgreeingScreen(SovereignScreen):
    """Consent is the beginning of the plan's hash, typed; in a rehearsal one key, twice."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def _planned(self) -> PlanSaved | None:
        """Return the plan that can be agreed to now."""
        return self.view.plan if self.view is not None else None

    def action_agree(self) -> None:
        """In a rehearsal: ask once more, then apply."""
        plan = self._planned()
        if plan is None or not self.face.backend.rehearsed:
            return
        if not self._asked:
            self._asked = True
            self.say("a again applies this plan in the simulated world.")
            return
        self._apply(plan)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Apply if the beginning of the hash stands there."""
        event.stop()
        plan, typed = self._planned(), event.value.strip().lower()
        if plan is None:
            return
        if len(typed) < HASH or not plan.sha256.startswith(typed):
            self.say("That is not how this plan's hash begins; nothing was done.")
            return
        self._apply(plan)

    def _apply(self, plan: PlanSaved) -> None:
        self._asked = False
        self.say("Starting the runner.", "quiet")
        begin_work(self, partial(self._begin, plan.sha256), "apply", "begin to apply")

    async def _begin(self, sha256: str) -> None:
        fqdn = self.watched.fqdn
        await unlocked(self.face, partial(self.face.backend.apply, fqdn, sha256))
        await self._begun()
        self.face.watch_sovereign(fqdn)

    async def _begun(self) -> None:
        """Tidy up what the agreed plan was made from."""
