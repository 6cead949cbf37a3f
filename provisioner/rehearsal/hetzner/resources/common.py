"""What the kinds of resources share: finding, naming, answering, updating and protecting them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Answer, Call
from provisioner.rehearsal.hetzner.labels import check_labels
from provisioner.rehearsal.hetzner.model import Action, Record, Ref
from provisioner.rehearsal.hetzner.refusal import Refused, invalid, not_found, not_unique

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

R = TypeVar("R", bound=Record)
Labels = dict[str, str]
_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
HOSTNAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
LONGEST_NAME = 128
LONGEST_HOSTNAME = 253


class Update(msgspec.Struct):
    """What a PUT may change of most resources."""

    name: str | None = None
    labels: Labels | None = None


class Protect(msgspec.Struct):
    """The body of change_protection."""

    delete: bool | None = None


class DnsPtr(msgspec.Struct):
    """The body of change_dns_ptr."""

    ip: str
    dns_ptr: str | None = None


def moment(at: float) -> str:
    """Return a time as the API writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_of(text: str) -> int | None:
    """Return an id of a path, or None if the segment is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def find(table: Mapping[int, R], kind: str, key: str | int) -> R:
    """Return the record with an id; raises not_found."""
    number = number_of(str(key))
    if number is None or number not in table:
        raise not_found(kind, key)
    return table[number]


def find_any(table: Mapping[int, R], kind: str, key: int | str) -> R:
    """Return the record with an id or, failing that, a name; raises not_found."""
    number = number_of(str(key))
    if number in table:
        return table[number]  # type: ignore[index]  # None is in no table
    for record in table.values():
        if record.name == key:
            return record
    raise not_found(kind, key)


def check_name(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a resource's name; raises invalid_input for one that is empty or too long."""
    if not name.strip() or len(name) > longest:
        raise invalid("name", f"must have 1 to {longest} characters")
    return name


def check_hostname(name: str) -> str:
    """Return a server's name; raises invalid_input where RFC 1123 knows no such host."""
    if len(name) > LONGEST_HOSTNAME or not HOSTNAME.fullmatch(name):
        raise invalid("name", "must be a valid hostname as per RFC 1123")
    return name


def check_unique(records: Iterable[Record], kind: str, name: str, own: int | None = None) -> None:
    """Raise uniqueness_error if another record has the name."""
    if any(record.name == name and record.id != own for record in records):
        raise not_unique("name", kind)


def checked(labels: Labels | None) -> Labels:
    """Return the labels of a request; raises invalid_input."""
    check_labels(labels or {})
    return dict(labels or {})


def update(table: Mapping[int, R], kind: str, call: Call, longest: int = LONGEST_NAME) -> R:
    """Change the name and labels of the record that a PUT is for, and return it."""
    record = find(table, kind, call.params[0])
    if call.body.name is not None:
        check_unique(table.values(), kind, check_name(call.body.name, longest), record.id)
    labels = None if call.body.labels is None else checked(call.body.labels)
    record.name = call.body.name or record.name
    record.labels = record.labels if labels is None else labels
    return record


def require_unprotected(record: Record, kind: str) -> None:
    """Refuse to delete what is protected."""
    if record.protected:
        raise Refused("protected", f"{kind} deletion is protected", {})


def protect(cloud: Cloud, table: Mapping[int, R], kind: str, call: Call) -> Answer:
    """Answer change_protection: it holds when the action has ended."""
    record = find(table, kind, call.params[0])
    ref = Ref(kind, record.id)
    cloud.actions.require_free(ref)
    delete = record.protected if call.body.delete is None else call.body.delete
    return started(
        cloud.actions.begin("change_protection", ref, data={"table": kind, "delete": delete})
    )


def protected(cloud: Cloud, action: Action) -> None:
    """Set the protection that a change_protection action was for."""
    table: Mapping[int, Record] = getattr(cloud.state, f"{action.data['table']}s")
    record = table.get(action.resources[0].id)
    if record is not None:
        record.protected = action.data["delete"]
        if "rebuild" in action.data:
            record.protected_rebuild = action.data["rebuild"]  # type: ignore[attr-defined]  # a server's


def action_view(action: Action, now: float) -> JSON:
    """Return an action's answer; progress is the share of its time that has passed."""
    progress = 100
    if action.status == "running":
        whole = (action.ends or now + 1) - action.started
        progress = max(0, min(99, round(100 * (now - action.started) / whole))) if whole > 0 else 0
    return {
        "id": action.id,
        "command": action.command,
        "status": action.status,
        "progress": 0 if action.ends is None else progress,
        "started": moment(action.started),
        "finished": None if action.finished is None else moment(action.finished),
        "resources": [{"id": ref.id, "type": ref.type} for ref in action.resources],
        "error": None if action.error is None else msgspec.structs.asdict(action.error),
    }


def started(action: Action, status: int = 201, **more: object) -> Answer:
    """Answer that an action was begun."""
    return Answer({**more, "action": action_view(action, action.started)}, status)
