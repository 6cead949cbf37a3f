"""Nodes, volume claims, Events, and objects of which only a condition matters."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from provisioner.cluster.evidence.shapes import (
    Condition,
    Key,
    Ref,
    at,
    conditions,
    mapping,
    number,
    one_line,
    text,
)
from provisioner.cluster.ports import Object

TELLING = frozenset(
    {
        "Unhealthy", "FailedMount", "FailedAttachVolume", "FailedMapVolume",
        "FailedCreatePodSandBox", "ProvisioningFailed", "FailedBinding", "FailedCreate",
    }
)  # fmt: skip
"""Reasons of Warning Events that say more than the objects themselves do."""


class NodeSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A node."""

    name: str
    ready: bool
    reason: str


class ClaimSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A PersistentVolumeClaim."""

    key: Key
    pending: bool


class EventSeen(msgspec.Struct, frozen=True, kw_only=True):
    """An Event that tells something about an object; others are reduced to nothing."""

    about: Ref | None
    reason: str = ""
    message: str = ""


class ObjectSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Any object, for its conditions."""

    generation: int
    conditions: Mapping[str, Condition]

    def holds(self, kind: str) -> bool:
        """Return whether a condition is True about the present spec."""
        found = self.conditions.get(kind)
        if found is None or found.status != "True":
            return False
        return found.observed is None or found.observed >= self.generation


def node_seen(item: Object) -> NodeSeen:
    """Return what a node says."""
    name = text(at(item, "metadata").get("name"))
    ready = conditions(mapping(item.get("status"))).get("Ready", Condition())
    if ready.status == "True":
        return NodeSeen(name=name, ready=True, reason="")
    said = one_line(": ".join(part for part in (ready.reason, ready.message) if part))
    if ready.status == "Unknown":
        said = said or "the node does not report"
    return NodeSeen(name=name, ready=False, reason=said or "not ready yet")


def claim_seen(key: Key, item: Object) -> ClaimSeen:
    """Return what a claim says."""
    return ClaimSeen(key=key, pending=at(item, "status").get("phase") == "Pending")


def event_seen(item: Object) -> EventSeen:
    """Return what an Event tells."""
    reason = text(item.get("reason"))
    if item.get("type") != "Warning" or reason not in TELLING:
        return EventSeen(about=None)
    about = at(item, "involvedObject")
    ref = Ref(text(about.get("kind")), text(about.get("namespace")), text(about.get("name")))
    said = one_line(text(item.get("message"))).rstrip(".")
    return EventSeen(about=ref, reason=reason, message=said)


def object_seen(item: Object) -> ObjectSeen:
    """Return an object's conditions."""
    generation = number(at(item, "metadata").get("generation"))
    return ObjectSeen(generation=generation, conditions=conditions(mapping(item.get("status"))))
