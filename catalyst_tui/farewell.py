"""What stands on the terminal once the full screen was left: the way back, as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screens.watched import Watched


def farewell(watched: Watched | None) -> str:
    """Return how to go on with what was looked at last; nothing where nothing is to be done."""
    view = watched.view if watched is not None else None
    if watched is None or view is None:
        return ""
    if view.outcome is None and not watched.over:
        return f"The run of {view.fqdn} goes on; `catalyst attach {view.fqdn}` follows it."
    return view.remedy.brief if view.remedy is not None else ""
