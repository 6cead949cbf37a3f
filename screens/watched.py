"""The Sovereign that is being looked at: its newest view, and what the operator was told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.facts import Outcome, PhaseName

if TYPE_CHECKING:
    from provisioner.remedies import Remedy
    from provisioner.view import View

TOKEN_REVOKED = "token_revoked"  # noqa: S105  (a code)
"""How a run ends that another one can go on with only once it has another token."""


class Watched:
    """One Sovereign under observation."""

    def __init__(self, fqdn: str, now: Callable[[], datetime]) -> None:
        self.fqdn = fqdn
        self.view: View | None = None
        self.lost: Remedy | None = None
        """Why nothing more will come, when the runner died or the journal cannot be read."""
        self.over = False
        """Whether no runner is at work."""
        self.now = now
        self.suspended: dict[str, bool] = {}
        """What was asked of Flux here: without a run, the journal does not tell of it."""
        self.asks_to_cancel = False
        """Whether the next look at the run begins with the question whether to cancel it."""
        self._shown: set[str] = set()

    def once(self, what: str) -> bool:
        """Return True the first time it is asked about ``what``."""
        first = what not in self._shown
        self._shown.add(what)
        return first


def noun_of(view: View) -> str:
    """Return the screen that a Sovereign belongs on now."""
    command = view.run.command if view.run is not None else ""
    looked = view.remedy is not None and view.remedy.code == "destroy_unconfirmed"
    if (command == "destroy" and not looked) or view.outcome is Outcome.DESTROYED:
        return "destroy"
    if view.outcome is Outcome.READY or (looked and view.ready):
        return "handoff"
    if view.outcome is Outcome.NEEDS_DECISION and command not in ("plan", "destroy"):
        return "decision" if view.decision is not None else "difference"
    if command in ("", "plan"):
        return "review"
    bootstrap = view.phases.get(PhaseName.BOOTSTRAP)
    if bootstrap is not None and view.components:
        return "board"
    return "run"
