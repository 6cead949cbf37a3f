"""Which resources can be imported, and under which id (adoption.toml)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from provisioner.facts import Change, ResourceItem

_WAS_MADE = frozenset({"create", "replace"})
"""Actions of a plan after which something exists that did not before."""


class Adoptable(NamedTuple):
    """A resource that the plan makes and the cloud has, but the state lacks."""

    address: str
    id: str
    item: ResourceItem | None
    """What the cloud lists; None for a part of another resource."""
    kind: str
    name: str
    alone: bool
    """Whether it cannot be planned with the others without wanting more than them."""


class _Rule(msgspec.Struct, frozen=True):
    """How one type is imported."""

    id: str
    alone: bool = False


@cache
def _rules() -> Mapping[str, _Rule]:
    text = files("provisioner.tofu").joinpath("adoption.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=dict[str, _Rule])


def adoptable(
    changes: Iterable[Change],
    items: Iterable[ResourceItem],
    parts: Collection[tuple[str, str]],
    known: Iterable[str],
) -> Iterator[Adoptable]:
    """Yield what can be imported: planned, not in the state (``known`` addresses), and there.

    ``parts`` are those that exist, as an inventory lists them. Whole resources come first, since
    their parts can only be imported after them.
    """
    listed = {(each.kind, each.name): each for each in items if each.owner == "label"}
    single = dict(_singles(listed.values()))
    in_state = set(known)
    wanted = [each for each in changes if each.action in _WAS_MADE and each.address not in in_state]
    for part in (False, True):
        for each in wanted:
            rule = _rules().get(f"hcloud_{each.kind}")
            if rule is None or ("{id}" not in rule.id) is not part:
                continue
            item = listed.get((each.kind, each.name))
            ids = single | _server(listed, each) | {"name": each.name}
            ids |= {"id": item.id} if item else {}
            try:
                found = rule.id.format_map(ids)
            except KeyError:
                continue
            if item is None and (each.kind, found) not in parts:
                continue
            yield Adoptable(each.address, found, item, each.kind, each.name, rule.alone)


def _server(listed: Mapping[tuple[str, str], ResourceItem], part: Change) -> dict[str, str]:
    """Return the id of the server that a part belongs to: its name ends with the part's key."""
    for (kind, name), item in listed.items():
        if kind == "server" and name.endswith(f"-{part.name}"):
            return {"server": item.id}
    return {}


def _singles(items: Iterable[ResourceItem]) -> Iterator[tuple[str, str]]:
    by_kind: dict[str, list[str]] = {}
    for each in items:
        by_kind.setdefault(each.kind, []).append(each.id)
    return ((kind, ids[0]) for kind, ids in by_kind.items() if len(ids) == 1)
