"""Lists as the API answers them: filtered, sorted, one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from provisioner.rehearsal.hetzner.call import Answer, Call
from provisioner.rehearsal.hetzner.catalogue import Limits
from provisioner.rehearsal.hetzner.labels import parse_selector
from provisioner.rehearsal.hetzner.refusal import invalid

T = TypeVar("T")
LARGEST = 2**31


def number(call: Call, name: str, usual: int) -> int:
    """Return a positive number of the query, or the usual one; raises invalid_input."""
    raw = call.query.get(name, [str(usual)])[-1]
    if not (raw.isascii() and raw.isdigit() and 0 < int(raw[:12]) < LARGEST):
        raise invalid(name, "must be a positive integer")
    return int(raw)


def numbers(call: Call, name: str) -> list[int]:
    """Return all values that a query parameter is repeated with; raises invalid_input."""
    return [number(Call("", "", query={name: [raw]}), name, 1) for raw in call.query.get(name, ())]


def named(call: Call, records: Iterable[T]) -> list[T]:
    """Keep the records that the query's ``name`` and ``label_selector`` select."""
    kept = list(records)
    for name in call.query.get("name", ())[-1:]:
        kept = [record for record in kept if getattr(record, "name", None) == name]
    for text in call.query.get("label_selector", ())[-1:]:
        selector = parse_selector(text)
        kept = [record for record in kept if selector.matches(getattr(record, "labels", {}))]
    return kept


def having(call: Call, records: Iterable[T], *fields: str) -> list[T]:
    """Keep the records whose fields equal the query's values; a repeated parameter is an or."""
    kept = list(records)
    for field in fields:
        if field in call.query:
            wanted = set(call.query[field])
            kept = [record for record in kept if str(getattr(record, field, "")) in wanted]
    return kept


def ordered(call: Call, records: list[T], *sortable: str) -> list[T]:
    """Sort by the query's ``sort`` parameters, the first being the weightiest."""
    for raw in reversed(call.query.get("sort", ())):
        field, _, direction = raw.partition(":")
        if field not in sortable or direction not in ("", "asc", "desc"):
            raise invalid("sort", f"cannot sort by '{raw}'")
        records = sorted(records, key=lambda r: _key(r, field), reverse=direction == "desc")
    return records


def _key(record: object, field: str) -> Any:
    value = getattr(record, field)
    return (value is not None, value)


def page(
    call: Call, limits: Limits, key: str, records: list[T], view: Callable[[T], Any]
) -> Answer:
    """Answer one page of records under ``key``, with the ``meta`` that clients follow."""
    at = number(call, "page", 1)
    size = min(number(call, "per_page", limits.per_page), limits.per_page_max)
    last = max(1, -(-len(records) // size))
    shown = records[(at - 1) * size : at * size]
    pagination = {
        "page": at,
        "per_page": size,
        "previous_page": at - 1 if at > 1 else None,
        "next_page": at + 1 if at < last else None,
        "last_page": last,
        "total_entries": len(records),
    }
    return Answer({key: [view(record) for record in shown], "meta": {"pagination": pagination}})
