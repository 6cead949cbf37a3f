"""What a plan destroys, in words: the same in the Review, in a log, and without a screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from provisioner.facts import DESTRUCTIVE
from provisioner.phases.difference import weightiest_first
from screens.drawing.kinds import kind_name

if TYPE_CHECKING:
    from provisioner.facts import Change

LOST = {
    "delete": "is deleted, and what is on it is lost",
    "replace": "is deleted and made anew: its disk and its address are lost",
}


def losses(changes: Iterable[Change]) -> tuple[str, ...]:
    """Return a sentence for everything that is deleted or replaced, what weighs most first."""
    return tuple(
        f"{kind_name(each.kind)} {each.name} {LOST[each.action]}"
        for each in weightiest_first(changes)
        if each.action in DESTRUCTIVE
    )
