"""Nothing costs money before consent, and consent covers no more than it says."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from provisioner.errors import DecisionNeeded
from provisioner.events import Event, PlanConfirmed, PlanSaved
from provisioner.phases.consent import completes, confirm
from provisioner.run import Consent, Run
from provisioner.view import View
from tests.unit.builders import FQDN, change, plan


def _confirm(
    consent: Consent, saved: PlanSaved, confirmed: PlanSaved | None = None
) -> PlanConfirmed:
    said: list[Event] = []
    run = cast(Run, SimpleNamespace(consent=consent, emit=said.append))
    confirm(run, View(fqdn=FQDN, confirmed=confirmed), saved)
    (event,) = said
    assert isinstance(event, PlanConfirmed)
    return event


@pytest.mark.parametrize(
    ("consent", "saved", "code"),
    [
        (Consent(), plan([change("cp1")]), "plan_unconfirmed"),
        (Consent(plan="b" * 64), plan([change("cp1")]), "plan_not_the_one_confirmed"),
        (Consent(max_monthly=Decimal("19.99")), plan([change("cp1")]), "plan_too_dear"),
        (Consent(max_monthly=Decimal(99)), plan([change("cp1", "replace")]), "plan_destroys"),
        (Consent(any_price=True), plan([change("cp1", "delete")]), "plan_destroys"),
    ],
)
def test_without_the_right_word_the_run_asks(consent: Consent, saved: Any, code: str) -> None:
    """Each plan that nobody agreed to ends in a decision, named by its code."""
    with pytest.raises(DecisionNeeded) as caught:
        _confirm(consent, saved)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("consent", "saved", "by"),
    [
        (Consent(plan="a" * 64), plan([change("cp1", "delete")]), "hash"),
        (Consent(max_monthly=Decimal("20.00")), plan([change("cp1")]), "budget"),
        (Consent(any_price=True), plan([change("cp1")]), "budget"),
        (Consent(), plan([change("cp1", "noop")]), "continuation"),
    ],
)
def test_the_right_word_is_journaled(consent: Consent, saved: Any, by: str) -> None:
    """On whose word a plan runs can be read later."""
    assert _confirm(consent, saved).by == by


def test_a_plan_that_only_completes_the_confirmed_one_goes_on() -> None:
    """After an interruption, the rest of what was agreed to needs no new word."""
    agreed = plan([change("cp1"), change("w1")])
    rest = plan([change("cp1", "noop"), change("w1")], sha256="c" * 64)
    assert _confirm(Consent(), rest, agreed).by == "continuation"


@pytest.mark.parametrize(
    "rest",
    [
        plan([change("w1")], monthly="20.01"),
        plan([change("w2")]),
        plan([change("w1", "replace")]),
        plan([change("w1", "delete")]),
    ],
)
def test_dearer_other_or_destructive_plans_complete_nothing(rest: PlanSaved) -> None:
    """Only the same resources, made as agreed and at no higher price, are a completion."""
    assert not completes(rest, plan([change("cp1"), change("w1")]))
