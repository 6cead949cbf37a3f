"""Consent: which plan may be applied, and on whose word.

Nothing costs money before this. A plan is confirmed by its hash, by a budget, or because it only
completes a plan that was confirmed before, at no higher price.
"""

from __future__ import annotations

from decimal import Decimal

from provisioner.errors import DecisionNeeded
from provisioner.events import PlanCompared, PlanConfirmed, PlanSaved
from provisioner.phases.difference import (
    compare,
    in_words,
    is_completion,
    losses_in_words,
    open_changes,
)
from provisioner.run import Consent, Run
from provisioner.tofu.planfile import is_destructive
from provisioner.view import View


def confirm(run: Run, view: View, plan: PlanSaved) -> None:
    """Journal on whose word ``plan`` is applied; raises DecisionNeeded if on nobody's.

    A plan that goes on with a confirmed one is first held against that, in an event of its own.
    """
    consent = run.consent
    compared = None
    if not open_changes(plan):
        by = "continuation"
    elif consent.plan is not None and consent.plan == plan.sha256:
        by = "hash"
    else:
        if view.confirmed is not None:
            compared = compare(plan, view.confirmed)
            run.emit(compared)
        # Who took it down since has withdrawn the word by which it was built.
        goes_on = compared and is_completion(compared) and not view.taking_down
        by = "continuation" if goes_on else _budget(run, plan, compared)
    if by != "hash":
        _stay_within(consent.max_monthly, plan)
    limit = None if consent.max_monthly is None else str(consent.max_monthly)
    run.emit(PlanConfirmed(sha256=plan.sha256, by=by, max_monthly=limit))


def _budget(run: Run, plan: PlanSaved, compared: PlanCompared | None) -> str:
    consent: Consent = run.consent
    facts = {"sha256": plan.sha256, "monthly": plan.price.monthly, "currency": plan.price.currency}
    if consent.plan is not None:
        raise DecisionNeeded("plan_not_the_one_confirmed", **facts)
    if not consent.any_price and consent.max_monthly is None:
        if compared is not None:
            beyond = in_words(compared)
            code = "plan_goes_beyond" if beyond else "plan_builds_again"
            raise DecisionNeeded(code, beyond=beyond, **facts)
        raise DecisionNeeded("plan_unconfirmed", **facts)
    if is_destructive(plan.changes):
        raise DecisionNeeded("plan_destroys", losses=losses_in_words(plan), **facts)
    return "budget"


def _stay_within(limit: Decimal | None, plan: PlanSaved) -> None:
    """Raise DecisionNeeded for a price above the limit, also where it is paid already."""
    if limit is None or Decimal(plan.price.monthly) <= limit:
        return
    code = "plan_too_dear" if open_changes(plan) else "standing_too_dear"
    price = plan.price
    raise DecisionNeeded(code, limit=limit, monthly=price.monthly, currency=price.currency)
