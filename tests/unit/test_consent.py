"""Nothing costs money before consent, and consent covers no more than it says."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from provisioner.errors import DecisionNeeded
from provisioner.events import Event, PlanCompared, PlanConfirmed, PlanSaved
from provisioner.facts import Change, Price
from provisioner.phases.consent import confirm
from provisioner.remedies import remedy_of
from provisioner.run import Consent, Run
from provisioner.view import View
from screens.words import line_of
from tests.unit.builders import FQDN, change, plan


def _confirm(
    consent: Consent, saved: PlanSaved, confirmed: PlanSaved | None = None
) -> PlanConfirmed:
    event = _said(consent, saved, confirmed)[-1]
    assert isinstance(event, PlanConfirmed)
    return event


def _said(consent: Consent, saved: PlanSaved, confirmed: PlanSaved | None = None) -> list[Event]:
    said: list[Event] = []
    run = cast(Run, SimpleNamespace(consent=consent, emit=said.append))
    confirm(run, View(fqdn=FQDN, confirmed=confirmed), saved)
    return said


@pytest.mark.parametrize(
    ("consent", "saved", "code"),
    [
        (Consent(), plan([change("cp1")]), "plan_unconfirmed"),
        (Consent(plan="b" * 64), plan([change("cp1")]), "plan_not_the_one_confirmed"),
        (Consent(max_monthly=Decimal("19.99")), plan([change("cp1")]), "plan_too_dear"),
        (Consent(max_monthly=Decimal(99)), plan([change("cp1", "replace")]), "plan_destroys"),
        (Consent(any_price=True), plan([change("cp1", "delete")]), "plan_destroys"),
        (Consent(max_monthly=Decimal(5)), plan([change("cp1", "noop")]), "standing_too_dear"),
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


def test_a_limit_holds_for_what_was_confirmed_before_too() -> None:
    """Going on with a plan that costs more than the limit is not going on within the limit."""
    agreed = plan([change("cp1"), change("w1")], monthly="20.00")
    rest = plan([change("w1")], monthly="20.00", sha256="c" * 64)
    with pytest.raises(DecisionNeeded) as caught:
        _confirm(Consent(max_monthly=Decimal("19.99")), rest, agreed)
    assert caught.value.code == "plan_too_dear"
    assert _confirm(Consent(plan="c" * 64, max_monthly=Decimal(1)), rest, agreed).by == "hash"


def test_what_is_lost_is_named_first_and_never_cut() -> None:
    """Parts of a balancer that stand earlier in the plan do not hide the server behind a count."""
    parts = [
        Change(address=f"hcloud_part.n{n}", kind="load_balancer_target", name=f"t{n}", action=does)
        for n, does in enumerate(["replace"] * 7 + ["create"] * 3)
    ]
    saved = plan([*parts, change("cp1", "replace")])
    with pytest.raises(DecisionNeeded) as caught:
        _confirm(Consent(), saved, plan([change("cp1")]))
    beyond = caught.value.facts["beyond"]
    assert beyond.startswith("makes anew server cp1, ")
    assert "target t6" in beyond
    assert beyond.endswith("does 3 things more")
    with pytest.raises(DecisionNeeded) as caught:
        _confirm(Consent(any_price=True), saved)
    assert "it makes anew server cp1, " in remedy_of(caught.value).what


def test_what_is_left_of_the_confirmed_plan_is_told() -> None:
    """Going on says how much is still to be made, and that it is nothing else."""
    agreed = plan([change("cp1"), change("w1")], monthly="20.00")
    rest = plan([change("cp1", "noop"), change("w1")], monthly="18.50", sha256="c" * 64)
    compared, _ = _said(Consent(), rest, agreed)
    assert isinstance(compared, PlanCompared)
    assert (compared.left, compared.of, compared.beyond) == (1, 2, ())
    assert compared.monthly_difference == "-1.50"
    assert line_of(compared) == ("plan", "1 of 2 confirmed changes are left, and nothing else")
    assert _said(Consent(plan="c" * 64), rest, agreed)[0] != compared


@pytest.mark.parametrize(
    ("rest", "beyond"),
    [
        (plan([change("w1")], monthly="20.01"), "costs +0.01 EUR a month"),
        (plan([change("w2")]), "creates server w2"),
        (plan([change("w1", "replace")]), "makes anew server w1"),
        (
            plan([change("cp1", "delete"), change("w2")], monthly="25"),
            "deletes server cp1, creates server w2, costs +5.00 EUR a month",
        ),
        (plan([change(f"w{n}") for n in range(2, 9)]), "does 2 things more"),
        (
            msgspec.structs.replace(
                plan([change("w1")]),
                price=Price(currency="USD", vat_rate="0", monthly="1", hourly="0"),
            ),
            "is priced in USD, another currency",
        ),
    ],
)
def test_dearer_other_or_destructive_plans_ask_and_say_why(rest: PlanSaved, beyond: str) -> None:
    """Only the same resources, made as agreed and at no higher price, go on by themselves."""
    agreed = plan([change("cp1"), change("w1")])
    with pytest.raises(DecisionNeeded) as caught:
        _said(Consent(), rest, agreed)
    assert caught.value.code == "plan_goes_beyond"
    assert caught.value.facts["beyond"].endswith(beyond)
    assert beyond in remedy_of(caught.value).what
