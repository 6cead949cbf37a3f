"""Reading objects of which no shape can be relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from provisioner.cluster.ports import Object


class Key(NamedTuple):
    """Which object of a kind."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Ref(NamedTuple):
    """Which object."""

    kind: str
    namespace: str
    name: str

    @property
    def key(self) -> Key:
        """The object without its kind."""
        return Key(self.namespace, self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Condition(NamedTuple):
    """One entry of ``status.conditions``."""

    status: str = ""
    reason: str = ""
    message: str = ""
    observed: int | None = None
    """The generation that it speaks of, where it says so."""


def mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def at(value: object, *path: str) -> Mapping[str, Any]:
    """Return the JSON object at a path, or an empty one."""
    for name in path:
        value = mapping(value).get(name)
    return mapping(value)


def listed(value: object) -> Sequence[Mapping[str, Any]]:
    """Return the JSON objects in a list; what is no list is empty."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a string, or an empty one for anything else."""
    return value if isinstance(value, str) else ""


def number(value: object, default: int = 0) -> int:
    """Return an integer, or ``default`` for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def key_of(item: Object) -> Key:
    """Return the key of an object."""
    meta = mapping(item.get("metadata"))
    return Key(text(meta.get("namespace")), text(meta.get("name")))


def conditions(status: Mapping[str, Any]) -> dict[str, Condition]:
    """Return conditions by type; the last of a type counts."""
    return {
        text(each.get("type")): Condition(
            status=text(each.get("status")),
            reason=text(each.get("reason")),
            message=text(each.get("message")),
            observed=_generation(each.get("observedGeneration")),
        )
        for each in listed(status.get("conditions"))
    }


def one_line(words: str, longest: int = 240) -> str:
    """Return text on one line, shortened."""
    line = " ".join(words.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def sentence(*parts: str) -> str:
    """Return parts joined by a colon as one sentence; empty ones are left out."""
    said = ": ".join(part for part in (each.strip().rstrip(".:") for each in parts) if part)
    return said if said.endswith("…") else f"{said}."


def _generation(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
