"""What a plan does to what exists, in words: the same in the Review, in a log and elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from provisioner.facts import DESTRUCTIVE
from provisioner.phases.difference import moved, retyped, weightiest_first
from screens.drawing.kinds import kind_name, kinds_name

if TYPE_CHECKING:
    from provisioner.events import PlanSaved
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


def resizes(plan: PlanSaved) -> tuple[str, ...]:
    """Return a sentence for every kind of change that gives what exists another type."""
    return tuple(
        "{} {} {} changed from {} to {}, and switched off meanwhile".format(
            kind_name(each.kind) if len(each.names) == 1 else kinds_name(each.kind),
            ", ".join(each.names),
            "is" if len(each.names) == 1 else "are",
            *moved(each),
        )
        for each in retyped(plan)
        if each.exists and each.kind == "server"
    )
