"""Holds every request to the simulated Hetzner API, and every answer, to the data beside this file.

``hetzner_schema.toml`` has the shapes of what is answered, ``hetzner_routes.toml`` those of what is
asked, and by route which parts the answer has.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union

import msgspec

from provisioner.rehearsal.hetzner.http import Seen

Table = dict[str, dict[str, Any]]
_PLAIN: dict[str, Any] = {
    "int": int,
    "str": str,
    "float": float,
    "bool": bool,
    "time": datetime,
    "null": None,
    "any": Any,
}


def _read(name: str) -> Table:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))


class Shapes:
    """Named shapes, as types; ``closed`` ones have no field beside those that are named."""

    def __init__(self, table: Table, *, closed: bool) -> None:
        self._table = table
        self._closed = closed
        self._made: dict[str, Any] = {}

    def decoder(self, text: str) -> msgspec.json.Decoder[Any]:
        """Return what decodes a shape, or raises ValidationError."""
        return msgspec.json.Decoder(self._shape(text))

    def _shape(self, text: str) -> Any:
        """Return the type that a field's text stands for."""
        if text.endswith("?"):
            return self._shape(text[:-1]) | None
        if text.startswith("'"):
            return Literal[tuple(word.strip().strip("'") for word in text.split("|"))]
        if text.startswith("["):
            return list[self._shape(text[1:-1])]  # type: ignore[misc]  # built at run time
        if text.startswith("{"):
            return dict[str, self._shape(text[1:-1])]  # type: ignore[misc]  # built at run time
        if "|" in text:
            return Union[tuple(_PLAIN[word] for word in text.split("|"))]  # noqa: UP007
        return _PLAIN[text] if text in _PLAIN else self._struct(text)

    def _struct(self, name: str) -> Any:
        """Return the struct of a shape; the one that contains itself does so by name."""
        if name not in self._made:
            self._made[name] = None
            fields: list[Any] = []
            for field, text in self._table[name].items():
                kind = list[Any] if text == f"[{name}]" else self._shape(text)
                optional = field.endswith("?")
                fields.append((field.rstrip("?"), kind, None) if optional else (field, kind))
            self._made[name] = msgspec.defstruct(
                name, fields, forbid_unknown_fields=self._closed, kw_only=True
            )
        return self._made[name]


class Promise(NamedTuple):
    """What one route takes, and what its success is."""

    body: str
    status: int
    parts: frozenset[str]


def _promise(text: str) -> Promise:
    body, _, answer = text.partition("->")
    status, *parts = answer.replace(",", " ").split()
    return Promise(body.strip(), int(status), frozenset(parts))


def _promises(told: Table) -> dict[str, Promise]:
    found = {route: _promise(text) for route, text in told["routes"].items()}
    lists = dict(told["with_actions"])
    for kind in lists.pop("kinds"):
        found |= {f"GET /{kind}{path}": _promise(text) for path, text in lists.items()}
    return found


_ANSWERS, _ROUTES = _read("hetzner_schema"), _read("hetzner_routes")
PROMISES = _promises(_ROUTES)
"""By method and route."""
_LISTED = (
    "server",
    "server_type",
    "load_balancer_type",
    "load_balancer",
    "location",
    "image",
    "ssh_key",
    "certificate",
    "placement_group",
    "network",
    "firewall",
    "primary_ip",
    "floating_ip",
    "volume",
    "zone",
    "rrset",
)
_TEXTS = {name: name for name in _LISTED} | {f"{name}s": f"[{name}]" for name in _LISTED}
_TEXTS |= {"action": "action?", "actions": "[action]", "next_actions": "[action]"}
_TEXTS |= {"pricing": "pricing", "meta": "meta", "error": "refusal", "root_password": "str?"}
_CLOSED = Shapes(_ANSWERS, closed=True)
_PARTS = {name: _CLOSED.decoder(text) for name, text in _TEXTS.items()}
_ENVELOPE = msgspec.json.Decoder(dict[str, msgspec.Raw])


@cache
def _body(name: str, *, closed: bool) -> msgspec.json.Decoder[Any]:
    return Shapes(_ANSWERS | _ROUTES, closed=closed).decoder(name)


def check(seen: Seen, *, closed: bool = True) -> None:
    """Raise unless an answer is what the API promises, and only a fit request was accepted.

    What Hetzner's own tools send is ``closed``: a field that the schema does not know would be one
    that the simulator ignores. Others may send what they like beside what counts.
    """
    if seen.planned:
        return
    where = f"{seen.method} {seen.route} {seen.sent[:300]!r} {seen.status} {seen.answered[:300]!r}"
    if seen.status >= 400:
        _check_refusal(seen.answered, where)
        return
    promise = PROMISES[f"{seen.method} {seen.route}"]
    assert seen.status == promise.status, where
    parts = _ENVELOPE.decode(seen.answered) if seen.status != 204 else {}
    assert (seen.status == 204) == (not seen.answered), where
    assert set(parts) == promise.parts, where
    for name, part in parts.items():
        _PARTS[name].decode(part)
    if promise.body:
        _body(promise.body, closed=closed).decode(seen.sent)


def _check_refusal(answered: bytes, where: str) -> None:
    """Raise unless a refusal has the details that strict clients read without asking."""
    parts = _ENVELOPE.decode(answered)
    assert set(parts) == {"error"}, where
    refusal = _PARTS["error"].decode(parts["error"])
    assert refusal.code != "server_error", where
    if refusal.code == "invalid_input":
        fields = refusal.details["fields"]
        assert fields, where
        for entry in fields:
            assert isinstance(entry["name"], str), where
            assert entry["messages"], where
