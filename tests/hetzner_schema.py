"""Holds every answer of the simulated Hetzner API to the shapes in the file beside this one."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

_TABLE: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)
_PLAIN: dict[str, Any] = {
    "int": int,
    "str": str,
    "float": float,
    "bool": bool,
    "time": datetime,
    "null": None,
    "any": Any,
}
_MADE: dict[str, Any] = {}


def _shape(text: str) -> Any:
    """Return the type that a field's text stands for."""
    if text.endswith("?"):
        return _shape(text[:-1]) | None
    if text.startswith("'"):
        return Literal[tuple(word.strip().strip("'") for word in text.split("|"))]
    if text.startswith("["):
        return list[_shape(text[1:-1])]  # type: ignore[misc]  # built at run time
    if text.startswith("{"):
        return dict[str, _shape(text[1:-1])]  # type: ignore[misc]  # built at run time
    return _PLAIN[text] if text in _PLAIN else _struct(text)


def _struct(name: str) -> Any:
    """Return the closed struct of a shape; the one that contains itself does so by name."""
    if name not in _MADE:
        _MADE[name] = None
        fields: list[Any] = []
        for field, text in _TABLE[name].items():
            own = text == f"[{name}]"
            kind = list[Any] if own else _shape(text)
            fields.append((field.rstrip("?"), kind, None) if field.endswith("?") else (field, kind))
        _MADE[name] = msgspec.defstruct(name, fields, forbid_unknown_fields=True, kw_only=True)
    return _MADE[name]


LISTED = (
    "server",
    "server_type",
    "load_balancer_type",
    "load_balancer",
    "location",
    "image",
    "ssh_key",
    "placement_group",
    "network",
    "firewall",
    "primary_ip",
    "volume",
    "zone",
    "rrset",
)
_TEXTS = {name: name for name in LISTED} | {f"{name}s": f"[{name}]" for name in LISTED}
_TEXTS |= {"action": "action?", "actions": "[action]", "next_actions": "[action]"}
_TEXTS |= {"pricing": "pricing", "meta": "meta", "error": "refusal", "root_password": "str?"}
SHAPES = {name: msgspec.json.Decoder(_shape(text)) for name, text in _TEXTS.items()}
_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def check(method: str, route: str, status: int, body: bytes) -> None:
    """Raise unless an answer has the shape that the API promises for it."""
    where = f"{method} {route} {status} {body[:300]!r}"
    if status == 204:
        assert body == b"", where
        return
    parts = _PARTS.decode(body)
    assert ("error" in parts) == (status >= 400), where
    for name, part in parts.items():
        SHAPES[name].decode(part)
    if "error" in parts:
        _check_refusal(SHAPES["error"].decode(parts["error"]), where)
    elif method == "GET" and any(f"{name}s" in parts for name in (*LISTED, "action")):
        assert "meta" in parts, where


def _check_refusal(refusal: Any, where: str) -> None:
    """Raise unless a refusal has the details that strict clients read without asking."""
    assert refusal.code != "server_error", where
    if refusal.code == "invalid_input":
        fields = refusal.details["fields"]
        assert fields, where
        for entry in fields:
            assert isinstance(entry["name"], str), where
            assert entry["messages"], where
