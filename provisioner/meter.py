"""What is rented now, and what was paid so far: each part from when it was made until it is gone.

Hetzner counts begun hours of each. Where a journal does not say what each part costs, the whole
plan is counted from its beginning, which is more than was paid, and said to be at most that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from provisioner import events as e
from provisioner.events import Event
from provisioner.facts import Outcome, PartPrice
from provisioner.remedies import class_of

if TYPE_CHECKING:
    from provisioner.view import View

_NOTHING_MADE = frozenset({"capacity", "operator", "refused", "untouched"})
"""Classes of failures after which what was to be made does not exist."""
_LISTED = frozenset({"server", "load_balancer", "primary_ip"})
_VOLUMES = "volumes of the cluster"
"""What the cluster rents by itself, once it has its kit."""


class Rent(msgspec.Struct, frozen=True, kw_only=True):
    """One part while it is rented."""

    price: PartPrice
    since: datetime


class Meter(msgspec.Struct, kw_only=True):
    """What is rented, by kind and name, and what was paid for all that is no more."""

    rents: dict[str, Rent] = {}
    past: str = "0"

    def open(self, key: str, price: PartPrice | None, at: datetime) -> None:
        """Begin to count a part; one that costs nothing, or is counted already, is left."""
        if price is not None and key not in self.rents:
            self.rents[key] = Rent(price=price, since=at)

    def close(self, key: str, at: datetime) -> None:
        """Count a part no more, but what was paid for it."""
        if (rent := self.rents.pop(key, None)) is not None:
            self.past = str(Decimal(self.past) + _paid(rent, at))


class Spent(NamedTuple):
    """What was paid until a moment, net, and what an hour costs then."""

    amount: Decimal
    hourly: Decimal
    exact: bool
    """Whether each part was counted by itself; else it is at most this."""


def spent(view: View, now: datetime) -> Spent:
    """Return what a Sovereign has cost so far."""
    plan = view.priced
    if plan is None or view.rented_since is None:
        return Spent(Decimal(0), Decimal(0), exact=True)
    if not plan.price.parts:
        hourly = Decimal(plan.price.hourly)
        return Spent(hourly * _hours(view.rented_since, now), hourly, exact=False)
    rents = view.meter.rents.values()
    amount = sum((_paid(each, now) for each in rents), Decimal(view.meter.past))
    return Spent(
        amount, sum((Decimal(each.price.hourly) for each in rents), Decimal(0)), exact=True
    )


def monthly(view: View) -> str:
    """Return what a Sovereign costs a month, net: while it is taken down what still stands."""
    plan = view.priced
    if plan is None:
        return ""
    if not view.taking_down or not plan.price.parts:
        return plan.price.monthly
    return f"{_sum(each.price.monthly for each in view.meter.rents.values()):.2f}"


def advance_meter(view: View, event: Event, at: datetime) -> None:
    """Move the meter of a view on by an event that was folded into it."""
    match event:
        case e.ResourceStarted() | e.ResourceFinished():
            _changed(view, event, at)
        case e.ResourceFailed():
            _failed(view, event)
        case e.ResourceReconciled():
            _reconciled(view, event, at)
        case e.KitApplied():
            view.meter.open(_VOLUMES, _rest(view), at)
        case e.InventoryListed():
            _listed(view, event, at)
        case e.PlanConfirmed():
            _agreed(view)
        case e.RunFinished(outcome=Outcome.DESTROYED):
            view.meter = Meter()
        case _:
            pass


def _changed(view: View, event: e.ResourceStarted | e.ResourceFinished, at: datetime) -> None:
    key, finished = f"{event.kind} {event.name}", isinstance(event, e.ResourceFinished)
    if event.action == "create":
        view.meter.open(key, _parts(view).get(key), at)
    elif finished and event.action == "delete":
        view.meter.close(key, at)
    elif finished and event.action == "update":
        _reprice(view, key, at)


def _failed(view: View, event: e.ResourceFailed) -> None:
    line = view.resources.get(event.address)
    makes = line is not None and line.action == "create"
    if makes and class_of(event.code) in _NOTHING_MADE:
        view.meter.rents.pop(f"{event.kind} {event.name}", None)


def _reconciled(view: View, event: e.ResourceReconciled, at: datetime) -> None:
    key = f"{event.kind} {event.name}"
    if event.how == "removed":
        view.meter.close(key, at)
    else:
        view.meter.open(key, _parts(view).get(key), _begun(view, key) or at)


def _agreed(view: View) -> None:
    """Count what stands already and was counted by nobody, as after a lost journal."""
    if view.confirmed is None or view.taking_down or view.rented_since is None:
        return
    for change in view.confirmed.changes:
        key = f"{change.kind} {change.name}"
        if change.action == "noop":
            view.meter.open(key, _parts(view).get(key), view.rented_since)


def _listed(view: View, event: e.InventoryListed, at: datetime) -> None:
    """Hold what is counted against what exists."""
    there = {f"{each.kind} {each.name}" for each in event.items}
    for key in there:
        view.meter.open(key, _parts(view).get(key), _begun(view, key) or at)
    for key in tuple(view.meter.rents):
        if key not in there and key.partition(" ")[0] in _LISTED:
            view.meter.close(key, at)
    if not any(each.kind == "volume" for each in event.items):
        view.meter.close(_VOLUMES, at)


def _reprice(view: View, key: str, at: datetime) -> None:
    price, rent = _parts(view).get(key), view.meter.rents.get(key)
    if price is not None and (rent is None or rent.price != price):
        view.meter.close(key, at)
        view.meter.open(key, price, at)


def _parts(view: View) -> Mapping[str, PartPrice]:
    return view.confirmed.price.parts if view.confirmed is not None else {}


def _rest(view: View) -> PartPrice | None:
    """Return what the plan's price holds beside its parts."""
    if view.confirmed is None or not _parts(view):
        return None
    price, parts = view.confirmed.price, _parts(view).values()
    hourly = Decimal(price.hourly) - _sum(each.hourly for each in parts)
    month = Decimal(price.monthly) - _sum(each.monthly for each in parts)
    return PartPrice(hourly=str(hourly), monthly=str(month)) if hourly > 0 else None


def _begun(view: View, key: str) -> datetime | None:
    lines = (each for each in view.resources.values() if f"{each.kind} {each.name}" == key)
    return next((each.since for each in lines if each.action == "create"), None)


def _sum(amounts: Iterable[str]) -> Decimal:
    return sum((Decimal(each) for each in amounts), Decimal(0))


def _paid(rent: Rent, until: datetime) -> Decimal:
    return Decimal(rent.price.hourly) * _hours(rent.since, until)


def _hours(since: datetime, until: datetime) -> int:
    """Return the hours begun between two moments."""
    return int(max((until - since).total_seconds(), 0) // 3600) + 1
