"""Judges answers by a JSON Schema as an editor does; knows each keyword that ours uses.

Source: JSON Schema 2020-12, core and validation. ``format`` is an annotation there, and here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_SILENT = {"$schema", "$defs", "title", "description", "default", "examples", "format"}
_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "type": lambda wanted, value: _TYPES[wanted](value),
    "enum": lambda wanted, value: value in wanted,
    "const": lambda wanted, value: value == wanted,
    "minimum": lambda least, value: not isinstance(value, int) or value >= least,
    "maximum": lambda most, value: not isinstance(value, int) or value <= most,
    "maxLength": lambda most, value: not isinstance(value, str) or len(value) <= most,
    "pattern": lambda wanted, value: not isinstance(value, str) or bool(re.search(wanted, value)),
    "required": lambda names, value: not isinstance(value, dict) or set(names) <= set(value),
}


def wrong(schema: Mapping[str, Any], value: Any, at: str = "") -> list[str]:
    """Return the places that an editor would underline, as ``domain.label``."""
    return list(dict.fromkeys(_wrong(schema, schema, value, at)))


def _wrong(
    root: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str
) -> Iterator[str]:
    for keyword, wanted in schema.items():
        if keyword in _RULES:
            if not _RULES[keyword](wanted, value):
                yield at
        elif keyword == "$ref":
            yield from _wrong(root, root["$defs"][wanted.rpartition("/")[2]], value, at)
        elif keyword == "anyOf":
            if all(any(True for _ in _wrong(root, each, value, at)) for each in wanted):
                yield at
        elif keyword == "items" and isinstance(value, list):
            for index, each in enumerate(value):
                yield from _wrong(root, wanted, each, f"{at}[{index}]")
        elif keyword in ("properties", "additionalProperties"):
            yield from _within(root, schema, keyword, value, at)
        else:
            assert keyword in _SILENT | {"items"}, f"this judge does not know {keyword}"


def _within(
    root: Mapping[str, Any], schema: Mapping[str, Any], keyword: str, value: Any, at: str
) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    for name, inner in value.items():
        here = f"{at}.{name}" if at else name
        if keyword == "properties" and name in known:
            yield from _wrong(root, known[name], inner, here)
        elif keyword == "additionalProperties" and name not in known:
            other = schema[keyword]
            yield from [here] if other is False else _wrong(root, other, inner, here)
