"""How a run of the story ends where only the operator can decide, and a second plan of it."""

from __future__ import annotations

import msgspec

from provisioner import events as e
from provisioner.events import Event
from provisioner.facts import Change, Choice, Outcome, PartPrice
from provisioner.phases.difference import compare, in_words
from provisioner.remedies import explain
from tests.screens.story import PRICE, saved


def sold_out(*, question: str = "hetzner_resource_unavailable") -> list[Event]:
    """Return the end of a run for which a server type had no stock."""
    choices = (
        Choice(title="cpx32 in nbg1", set=("sizing.workers[0].location=nbg1",),
               monthly_difference="+0.00"),
        Choice(title="cx43 in fsn1", set=("sizing.workers[0].type=cx43",),
               monthly_difference="-7.80"),
        Choice(title="ccx33 in fsn1", set=("sizing.workers[0].type=ccx33",),
               monthly_difference="+136.00",
               touches=('hcloud_server.node["general1"]', "hcloud_load_balancer.ingress")),
        Choice(title="cx33 in fsn1", set=("sizing.workers[0].type=cx33",),
               monthly_difference="-57.00",
               less="80 GB of disk instead of 160; the kit still fits"),
    )  # fmt: skip
    offered = e.DecisionOffered(
        question=question, address='hcloud_server.node["general2"]', value="cpx32 in fsn1",
        currency="EUR", choices=choices,
    )  # fmt: skip
    ended = e.RunFinished(outcome=Outcome.NEEDS_DECISION, remedy=explain(question), seconds=70)
    return [offered, ended]


def beyond() -> list[Event]:
    """Return the end of a run that would do more than was confirmed."""
    does = {"catalyst-oman-general1": "replace", "catalyst-oman-general2": "create"}
    changes = tuple(
        msgspec.structs.replace(
            each, action="create" if "service" in each.kind else does.get(each.name, "noop")
        )
        for each in saved().changes
    )
    plan = msgspec.structs.replace(
        saved(), sha256="77ab" + "1" * 60, changes=changes,
        price=msgspec.structs.replace(PRICE, monthly="390.44"),
    )  # fmt: skip
    compared = e.PlanCompared(
        left=2,
        of=14,
        beyond=(
            Change(address='hcloud_server.node["general1"]', kind="server",
                   name="catalyst-oman-general1", action="replace"),
            Change(address='hcloud_server.node["general2"]', kind="server",
                   name="catalyst-oman-general2", action="create"),
        ),
        monthly_difference="+101.00",
        currency="EUR",
    )  # fmt: skip
    facts = {
        "beyond": "makes anew server catalyst-oman-general1, costs +101.00 EUR a month",
        "sha256": plan.sha256, "monthly": plan.price.monthly, "currency": "EUR",
    }  # fmt: skip
    remedy = explain("plan_goes_beyond", facts)
    return [
        plan, compared, e.RunFinished(outcome=Outcome.NEEDS_DECISION, remedy=remedy, seconds=9)
    ]  # fmt: skip


def retyped() -> list[Event]:
    """Return the end of a run whose answers chose another type for what was not rented yet."""
    parts = {
        name: PartPrice(hourly="0.230", monthly="138.99") if "general" in name else price
        for name, price in PRICE.parts.items()
    }
    price = msgspec.structs.replace(PRICE, monthly="495.44", parts=parts)
    changes = tuple(
        msgspec.structs.replace(each, rents="ccx33 in fsn1") if "general" in each.name
        else msgspec.structs.replace(each, action="noop")
        for each in saved().changes
    )  # fmt: skip
    plan = msgspec.structs.replace(saved(), sha256="77ab" + "1" * 60, price=price, changes=changes)
    compared = compare(plan, saved())
    facts = {
        "beyond": in_words(compared), "sha256": plan.sha256, "monthly": plan.price.monthly,
        "currency": "EUR",
    }  # fmt: skip
    remedy = explain("plan_goes_beyond", facts)
    return [
        plan, compared, e.RunFinished(outcome=Outcome.NEEDS_DECISION, remedy=remedy, seconds=9)
    ]  # fmt: skip


def planned_again() -> list[Event]:
    """Return a second plan of what is ready: one worker more, and larger control planes."""
    changes = tuple(
        msgspec.structs.replace(
            each, action="update", rented="cpx42 in fsn1", rents="cpx52 in fsn1"
        ) if "-cp" in each.name and each.kind == "server"
        else msgspec.structs.replace(each, action="noop")
        for each in saved().changes
    )  # fmt: skip
    more = Change(
        address='hcloud_server.node["general3"]',
        kind="server",
        name="catalyst-oman-general3",
        action="create",
        rents="cpx32 in fsn1",
    )
    price = msgspec.structs.replace(PRICE, monthly="418.43")
    return [
        msgspec.structs.replace(
            saved(), sha256="77ab" + "1" * 60, price=price, changes=(*changes, more)
        ),
        e.RunFinished(outcome=Outcome.PLANNED, seconds=9),
    ]  # fmt: skip
