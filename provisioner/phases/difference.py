"""What a plan that goes on with an interrupted run does, beside what was confirmed before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from provisioner.events import PlanCompared, PlanSaved
from provisioner.facts import DESTRUCTIVE, Change, Retyped

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
        retyped=retyped(plan, confirmed),
        monthly_difference=f"{dearer:+.2f}" if same_money else "",
        currency=plan.price.currency,
    )


def is_completion(compared: PlanCompared) -> bool:
    """Return whether nothing is done beyond what was confirmed, at no higher price.

    What does not exist yet may come as another type: whoever changed the answers said so.
    """
    said = compared.monthly_difference
    return not compared.beyond and bool(said) and Decimal(said) <= 0


def in_words(compared: PlanCompared) -> str:
    """Return what is beyond the confirmed plan, without a full stop: ``makes anew server x``."""
    named = _named(beside_types(compared))
    named += [_retyped_in_words(each, compared.currency) for each in compared.retyped]
    difference = compared.monthly_difference
    if not difference:
        named.append(f"is priced in {compared.currency}, another currency")
    elif Decimal(difference) > 0:
        named.append(f"costs {difference} {compared.currency} a month")
    return ", ".join(named)


def retyped(plan: PlanSaved, confirmed: PlanSaved | None = None) -> tuple[Retyped, ...]:
    """Return what a plan rents as another type, or elsewhere, than it stands or was confirmed."""
    agreed = {each.address: each.rents for each in confirmed.changes} if confirmed else {}
    groups: dict[tuple[str, str, str, bool], list[Change]] = {}
    for each in open_changes(plan):
        was = each.rented or agreed.get(each.address, "")
        if was and each.rents and was != each.rents:
            key = (each.kind, was, each.rents, each.action == "update")
            groups.setdefault(key, []).append(each)
    return tuple(
        Retyped(
            kind=kind,
            names=tuple(each.name for each in found),
            was=was,
            becomes=becomes,
            exists=exists,
            monthly_difference=_dearer(found, was, plan, confirmed),
        )
        for (kind, was, becomes, exists), found in groups.items()
    )


def beside_types(compared: PlanCompared) -> tuple[Change, ...]:
    """Return what is beyond the confirmed plan and no mere change of type, weightiest first."""
    said = {(each.kind, name) for each in compared.retyped if each.exists for name in each.names}
    return weightiest_first(
        each
        for each in compared.beyond
        if each.action != "update" or (each.kind, each.name) not in said
    )


def moved(each: Retyped) -> tuple[str, str]:
    """Return from what to what, without a location that stays the same."""
    (was, _, here), (becomes, _, there) = each.was.partition(" in "), each.becomes.partition(" in ")
    return (was, becomes) if here == there else (each.was, each.becomes)


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


def _retyped_in_words(each: Retyped, currency: str) -> str:
    was, becomes = moved(each)
    kind = each.kind.replace("_", " ")
    what = f"{kind} {each.names[0]}" if len(each.names) == 1 else f"{kind}s {', '.join(each.names)}"
    price = f" ({each.monthly_difference} {currency} a month)" if each.monthly_difference else ""
    if each.exists:
        return f"changes {what} from {was} to {becomes}{price}"
    return f"rents {what} as {becomes} instead of {was}{price}"


def _dearer(found: Sequence[Change], was: str, plan: PlanSaved, confirmed: PlanSaved | None) -> str:
    """Return what resources cost more a month than what they were, where the plans say."""
    if confirmed is None or plan.price.currency != confirmed.price.currency:
        return ""
    agreed = {each.address: each.rents for each in confirmed.changes}
    if any(agreed.get(each.address) != was for each in found):
        return ""
    keys = [f"{each.kind} {each.name}" for each in found]
    if any(key not in each.price.parts for key in keys for each in (plan, confirmed)):
        return ""
    now, before = (
        sum((Decimal(each.price.parts[key].monthly) for key in keys), Decimal(0))
        for each in (plan, confirmed)
    )
    return f"{now - before:+.2f}"


def _beyond(rest: tuple[Change, ...], confirmed: PlanSaved) -> Iterator[Change]:
    """Yield what was not agreed to: what was to be created may also be completed by a change."""
    promised = {(change.address, change.action) for change in confirmed.changes}
    types = {change.address: change.rents for change in confirmed.changes}
    for each in rest:
        agreed = (each.address, each.action) in promised
        completed = each.action == "update" and (each.address, "create") in promised
        # A server that exists is switched off for another type, and its disk may grow for good.
        other = each.action == "update" and each.rented != each.rents != types.get(each.address)
        if each.action in DESTRUCTIVE or other or not (agreed or completed):
            yield each
