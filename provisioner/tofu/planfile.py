"""What a saved plan or a state says, read from ``tofu show -json``.

Source: OpenTofu's JSON output format 1.2 (resource_changes, values). Only names, types and actions
leave this module; attributes stay here, since they may hold secrets in clear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from provisioner.facts import DESTRUCTIVE, Change
from provisioner.tofu.translate import kind_of

_ACTIONS = {
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("no-op",): "noop",
}


_TYPED = {"hcloud_server": "server_type", "hcloud_load_balancer": "load_balancer_type"}
"""Which attribute says as what a resource is rented."""


class PlannedResource(msgspec.Struct, frozen=True, kw_only=True):
    """One resource as it will be once the plan is applied."""

    address: str
    type: str
    values: dict[str, Any]


class StateResource(msgspec.Struct, frozen=True, kw_only=True):
    """One managed resource in the state."""

    address: str
    type: str
    name: str
    id: str
    tainted: bool = False


def fingerprint(plan: Path) -> str:
    """Return the SHA-256 of the saved, encrypted plan: the name by which it is confirmed."""
    return hashlib.sha256(plan.read_bytes()).hexdigest()


def changes(shown: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what a shown plan does with each managed resource of a cloud."""
    return tuple(
        Change(
            address=each["address"],
            kind=kind_of(each["type"]),
            name=_name(each),
            action=_ACTIONS.get(tuple(each["change"]["actions"]), "update"),
            reason=each.get("action_reason", ""),
            rents=_rented(each["type"], each["change"].get("after")),
            rented=_rented(each["type"], each["change"].get("before")),
        )
        for each in shown.get("resource_changes", ())
        if each.get("mode") == "managed" and each["type"].startswith("hcloud_")
    )


def planned(shown: Mapping[str, Any]) -> tuple[PlannedResource, ...]:
    """Return every cloud resource that exists after a shown plan."""
    root = shown.get("planned_values", {}).get("root_module", {})
    return tuple(
        PlannedResource(address=each["address"], type=each["type"], values=each["values"])
        for each in _resources(root)
    )


def in_state(shown: Mapping[str, Any]) -> tuple[StateResource, ...]:
    """Return every cloud resource that a shown state holds."""
    root = (shown.get("values") or {}).get("root_module", {})
    return tuple(
        StateResource(
            address=each["address"],
            type=each["type"],
            name=str(each["values"].get("name") or ""),
            id=str(each["values"].get("id") or ""),
            tainted=bool(each.get("tainted")),
        )
        for each in _resources(root)
    )


def outputs(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the module's outputs in a shown state or plan, without the sensitive ones."""
    holder = shown.get("values") or shown.get("planned_values") or {}
    return {
        name: each.get("value")
        for name, each in holder.get("outputs", {}).items()
        if not each.get("sensitive")
    }


def is_destructive(found: Sequence[Change]) -> bool:
    """Return whether anything is deleted or replaced."""
    return any(change.action in DESTRUCTIVE for change in found)


def only_imports(shown: Mapping[str, Any]) -> bool:
    """Return whether a shown plan leaves the cloud as it is, and forgets nothing in the state."""
    return all(
        each["change"]["actions"] == ["no-op"]
        or (each["change"]["actions"] == ["create"] and each["type"] == "terraform_data")
        for each in shown.get("resource_changes", ())
        if each.get("mode") == "managed"
    )


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for each in module.get("resources", ()):
        if each.get("mode") == "managed" and each["type"].startswith("hcloud_"):
            yield each
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _rented(kind: str, values: Mapping[str, Any] | None) -> str:
    """Return as which type a resource is rented, and where; empty where that has no price."""
    found = values or {}
    named, location = found.get(_TYPED.get(kind, "")), found.get("location")
    return " in ".join(str(each) for each in (named, location) if each) if named else ""


def _name(change: Mapping[str, Any]) -> str:
    values = change["change"].get("after") or change["change"].get("before") or {}
    for attribute in ("name", "ip_range", "listen_port"):
        if values.get(attribute):
            return str(values[attribute])
    key = change.get("index")
    return str(change["name"] if key is None else key)
