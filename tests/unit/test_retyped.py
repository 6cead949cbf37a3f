"""Another type of server than was agreed to is named, and asked about where it exists."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from provisioner.errors import DecisionNeeded
from provisioner.events import Event, PlanCompared, PlanConfirmed, PlanSaved
from provisioner.facts import Change, PartPrice
from provisioner.phases.consent import confirm
from provisioner.phases.difference import compare, in_words, is_completion
from provisioner.run import Consent, Run
from provisioner.tofu.planfile import changes
from provisioner.view import View
from screens.losses import resizes
from screens.words import line_of
from tests.unit.builders import FQDN, change, plan

MONTHLY = {"cx33": "8.99", "cx43": "16.49", "cx53": "29.99"}


def server(name: str, rents: str, action: str = "create", rented: str = "") -> Change:
    """Return what a plan does with one server of a type in fsn1, or where it is said."""
    types = [each if not each or " in " in each else f"{each} in fsn1" for each in (rents, rented)]
    return msgspec.structs.replace(change(name, action), rents=types[0], rented=types[1])


def priced(*found: Change, sha256: str = "a" * 64) -> PlanSaved:
    """Return a plan of these, with the price of each."""
    saved = plan(found, sha256=sha256)
    costs = {f"server {each.name}": MONTHLY[each.rents.partition(" ")[0]] for each in found}
    total = sum(float(each) for each in costs.values())
    parts = {key: PartPrice(hourly="0", monthly=each) for key, each in costs.items()}
    price = msgspec.structs.replace(saved.price, monthly=f"{total:.2f}", parts=parts)
    return msgspec.structs.replace(saved, price=price)


def gone_on(saved: PlanSaved, agreed: PlanSaved) -> list[Event]:
    """Return what is journaled where a run goes on with no other word than the one before."""
    said: list[Event] = []
    run = cast(Run, SimpleNamespace(consent=Consent(), emit=said.append))
    confirm(run, View(fqdn=FQDN, confirmed=agreed), saved)
    return said


def test_a_dearer_type_is_named_with_its_servers_and_what_it_costs() -> None:
    """Nothing but the type differs: that is said, from what to what, and not only the price."""
    agreed = priced(server("cp1", "cx43"), server("w1", "cx43"), server("w2", "cx43"))
    rest = priced(server("cp1", "cx43", "noop", "cx43"), server("w1", "cx53"), server("w2", "cx53"))
    compared = compare(rest, agreed)
    (found,) = compared.retyped
    assert (found.names, found.was, found.becomes) == (("w1", "w2"), "cx43 in fsn1", "cx53 in fsn1")
    assert (found.monthly_difference, found.exists) == ("+27.00", False)
    said = "rents servers w1, w2 as cx53 instead of cx43 (+27.00 EUR a month)"
    assert in_words(compared) == f"{said}, costs +27.00 EUR a month"
    with pytest.raises(DecisionNeeded) as asked:
        gone_on(rest, agreed)
    assert asked.value.facts["beyond"].startswith(said)


def test_a_cheaper_type_for_what_is_not_rented_goes_on_and_is_said() -> None:
    """Whoever changed the answers chose it; the log names it all the same."""
    agreed = priced(server("cp1", "cx43"))
    compared, confirmed = gone_on(priced(server("cp1", "cx33 in nbg1")), agreed)
    assert isinstance(compared, PlanCompared)
    assert isinstance(confirmed, PlanConfirmed)
    assert confirmed.by == "continuation"
    line = line_of(compared)
    assert line is not None
    assert "rents server cp1 as cx33 in nbg1 instead of cx43 in fsn1 (-7.50 EUR a month)" in line[1]


def test_another_type_for_a_server_that_exists_is_always_asked_about() -> None:
    """It is switched off for it, so that a lower price is no word for it."""
    agreed = priced(server("cp1", "cx43"))
    rest = priced(server("cp1", "cx33", "update", "cx43"))
    compared = compare(rest, agreed)
    assert not is_completion(compared)
    assert in_words(compared) == "changes server cp1 from cx43 to cx33 (-7.50 EUR a month)"
    with pytest.raises(DecisionNeeded):
        gone_on(rest, agreed)


def test_a_change_of_type_that_was_agreed_to_goes_on_after_an_interruption() -> None:
    """Of two servers that were to become larger, the second one follows without a new word."""
    agreed = priced(
        server("cp1", "cx53", "update", "cx43"), server("cp2", "cx53", "update", "cx43")
    )
    rest = priced(server("cp1", "cx53", "noop", "cx53"), server("cp2", "cx53", "update", "cx43"))
    assert is_completion(compare(rest, agreed))


def test_other_changes_of_what_was_created_still_complete_it() -> None:
    """A label that is missing is no other type, nor is what an older journal does not tell."""
    agreed = priced(server("cp1", "cx43"))
    rest = priced(server("cp1", "cx43", "update", "cx43"))
    assert is_completion(compare(rest, agreed))
    assert compare(rest, plan([change("cp1")], monthly="16.49")).beyond == ()


def test_no_difference_is_claimed_against_what_was_never_paid() -> None:
    """The confirmed type was never reached, so the price of what stands is not in that plan."""
    agreed = priced(server("cp1", "cx53", "update", "cx43"))
    (found,) = compare(priced(server("cp1", "cx33", "update", "cx43")), agreed).retyped
    assert (found.was, found.monthly_difference) == ("cx43 in fsn1", "")


def test_a_server_that_moves_is_lost_first_and_told_as_what_it_comes() -> None:
    """The loss is never hidden behind the change."""
    agreed = priced(server("cp1", "cx43"))
    compared = compare(priced(server("cp1", "cx43 in nbg1", "replace", "cx43")), agreed)
    said = in_words(compared)
    assert said.startswith("makes anew server cp1, rents server cp1 as cx43 in nbg1 instead of")


def test_a_plan_says_what_it_switches_off_for_another_type() -> None:
    """Also where nothing was confirmed to hold it against."""
    saved = priced(server("cp1", "cx53", "update", "cx43"), server("w1", "cx43"))
    assert resizes(saved) == (
        "server cp1 is changed from cx43 to cx53, and switched off meanwhile",
    )


def test_types_are_read_from_the_plan() -> None:
    """Before and after, of what is rented by type; of nothing else."""

    def one(kind: str, before: Any, after: Any) -> dict[str, Any]:
        acts = {"actions": ["update"], "before": before, "after": after}
        return {"address": "a", "mode": "managed", "type": kind, "name": "a", "change": acts}

    old, new = ({"server_type": each, "location": "fsn1"} for each in ("cx43", "cx53"))
    lb = {"load_balancer_type": "lb11", "location": "fsn1"}
    shown = {
        "resource_changes": [
            one("hcloud_server", old, new),
            one("hcloud_load_balancer", None, lb),
            one("hcloud_network", {"location": "x"}, {}),
        ]
    }
    assert [(each.rented, each.rents) for each in changes(shown)] == [
        ("cx43 in fsn1", "cx53 in fsn1"),
        ("", "lb11 in fsn1"),
        ("", ""),
    ]
