"""What counts as changed by hand in a shown plan."""

from __future__ import annotations

from typing import Any

from provisioner.facts import Drift
from provisioner.tofu.drift import drift

RULE: dict[str, Any] = {"direction": "in", "port": "22", "source_ips": ["203.0.113.7/32"]}


def found(before: dict[str, Any], after: dict[str, Any] | None) -> tuple[Drift, ...]:
    """Return the drift of a firewall that the state remembers otherwise than the cloud has it."""
    change = {"before": {"name": "fw"} | before, "after": after and {"name": "fw"} | after}
    resource = {"address": "hcloud_firewall.nodes", "mode": "managed", "type": "hcloud_firewall"}
    return drift({"resource_drift": [resource | {"name": "nodes", "change": change}]})


def test_what_is_empty_in_another_way_was_changed_by_nobody() -> None:
    """A provider remembers null where the API answers an empty list, however deep it lies."""
    empty = RULE | {"destination_ips": [], "description": ""}
    null = RULE | {"destination_ips": None}
    assert found({"rule": [null]}, {"rule": [empty]}) == ()
    assert found({"rule": []}, {"rule": None}) == ()


def test_another_rule_was_changed_by_hand_and_a_lost_firewall_is_gone() -> None:
    """What lets somebody else in is told by the attribute's name, without its value."""
    open_ = RULE | {"source_ips": ["0.0.0.0/0"]}
    (told,) = found({"rule": [RULE]}, {"rule": [open_]})
    assert (told.name, told.attributes, told.gone) == ("fw", ("rule",), False)
    (told,) = found({"rule": [RULE]}, None)
    assert told.gone
