"""Consent: which plan may be applied, and on whose word.

Nothing costs money before this. A plan is confirmed by its hash, by a budget, or because it only
completes a plan that was confirmed before, at no higher price.
"""

from __future__ import annotations

from decimal import Decimal

from provisioner.errors import DecisionNeeded
from provisioner.events import PlanConfirmed, PlanSaved
from provisioner.run import Consent, Run
from provisioner.tofu.planfile import DESTRUCTIVE
from provisioner.view import View

_SETTLED = frozenset({"noop", "read"})


def confirm(run: Run, view: View, plan: PlanSaved) -> None:
    """Journal on whose word ``plan`` is applied; raises DecisionNeeded if on nobody's."""
    consent = run.consent
    if all(change.action in _SETTLED for change in plan.changes):
        by = "continuation"
    elif consent.plan is not None and consent.plan == plan.sha256:
        by = "hash"
    elif view.confirmed is not None and completes(plan, view.confirmed):
        by = "continuation"
    else:
        by = _budget(consent, plan)
    limit = None if consent.max_monthly is None else str(consent.max_monthly)
    run.emit(PlanConfirmed(sha256=plan.sha256, by=by, max_monthly=limit))


def completes(plan: PlanSaved, confirmed: PlanSaved) -> bool:
    """Return whether ``plan`` only completes ``confirmed``, at no higher price."""
    promised = {(change.address, change.action) for change in confirmed.changes}
    rest = [change for change in plan.changes if change.action not in _SETTLED]
    known = all(
        (change.address, change.action) in promised
        or (change.action == "update" and (change.address, "create") in promised)
        for change in rest
    )
    no_dearer = Decimal(plan.price.monthly) <= Decimal(confirmed.price.monthly)
    same_money = plan.price.currency == confirmed.price.currency
    return known and no_dearer and same_money and not _destroys(plan)


def _destroys(plan: PlanSaved) -> bool:
    return any(change.action in DESTRUCTIVE for change in plan.changes)


def _budget(consent: Consent, plan: PlanSaved) -> str:
    facts = {"sha256": plan.sha256, "monthly": plan.price.monthly, "currency": plan.price.currency}
    if consent.plan is not None:
        raise DecisionNeeded("plan_not_the_one_confirmed", **facts)
    if not consent.any_price and consent.max_monthly is None:
        raise DecisionNeeded("plan_unconfirmed", **facts)
    if _destroys(plan):
        raise DecisionNeeded("plan_destroys", **facts)
    if consent.max_monthly is not None and Decimal(plan.price.monthly) > consent.max_monthly:
        raise DecisionNeeded("plan_too_dear", limit=consent.max_monthly, **facts)
    return "budget"
