"""What a plan that goes on with an interrupted run does, beside what was confirmed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from provisioner.events import PlanCompared, PlanSaved
from provisioner.facts import DESTRUCTIVE, Change

SETTLED = frozenset({"noop", "read"})
"""Actions that change nothing."""
_DOES = {
    "create": "creates",
    "update": "changes",
    "replace": "makes anew",
    "delete": "deletes",
    "forget": "forgets",
}
_MOST = 5
"""Resources that are named in a sentence; the rest is counted, but never what would be lost."""
_DATA = frozenset({"server", "volume"})
"""Kinds that hold what nothing brings back."""


def open_changes(plan: PlanSaved) -> tuple[Change, ...]:
    """Return what a plan really changes."""
    return tuple(each for each in plan.changes if each.action not in SETTLED)


def weightiest_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes with those first that destroy, of these servers and volumes first."""
    return tuple(
        sorted(changes, key=lambda each: (each.action not in DESTRUCTIVE, each.kind not in _DATA))
    )


def compare(plan: PlanSaved, confirmed: PlanSaved) -> PlanCompared:
    """Return how far ``plan`` only completes ``confirmed``, and what it does beyond that."""
    rest = open_changes(plan)
    beyond = tuple(_beyond(rest, confirmed))
    same_money = plan.price.currency == confirmed.price.currency
    dearer = Decimal(plan.price.monthly) - Decimal(confirmed.price.monthly)
    return PlanCompared(
        left=len(rest) - len(beyond),
        of=len(open_changes(confirmed)),
        beyond=beyond,
        monthly_difference=f"{dearer:+.2f}" if same_money else "",
        currency=plan.price.currency,
    )


def is_completion(compared: PlanCompared) -> bool:
    """Return whether nothing is done beyond what was confirmed, at no higher price."""
    said = compared.monthly_difference
    return not compared.beyond and bool(said) and Decimal(said) <= 0


def in_words(compared: PlanCompared) -> str:
    """Return what is beyond the confirmed plan, without a full stop: ``makes anew server x``."""
    named = _named(compared.beyond)
    difference = compared.monthly_difference
    if not difference:
        named.append(f"is priced in {compared.currency}, another currency")
    elif Decimal(difference) > 0:
        named.append(f"costs {difference} {compared.currency} a month")
    return ", ".join(named)


def losses_in_words(plan: PlanSaved) -> str:
    """Return everything that a plan destroys, without a full stop: ``deletes server x``."""
    return ", ".join(_named([each for each in plan.changes if each.action in DESTRUCTIVE]))


def _named(changes: Sequence[Change]) -> list[str]:
    most = max(_MOST, sum(each.action in DESTRUCTIVE for each in changes))
    named = [
        f"{_DOES.get(each.action, each.action)} {each.kind.replace('_', ' ')} {each.name}"
        for each in weightiest_first(changes)[:most]
    ]
    more = len(changes) - most
    things = "thing" if more == 1 else "things"
    return [*named, f"does {more} {things} more"] if more > 0 else named


def _beyond(rest: tuple[Change, ...], confirmed: PlanSaved) -> Iterator[Change]:
    """Yield what was not agreed to: what was to be created may also be completed by a change."""
    promised = {(change.address, change.action) for change in confirmed.changes}
    for each in rest:
        agreed = (each.address, each.action) in promised
        completed = each.action == "update" and (each.address, "create") in promised
        if each.action in DESTRUCTIVE or not (agreed or completed):
            yield each
