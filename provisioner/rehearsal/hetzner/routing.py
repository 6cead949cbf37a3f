"""Finding the handler of a request, and giving its body the handler's type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from provisioner.rehearsal.hetzner.call import Route
from provisioner.rehearsal.hetzner.refusal import Refused, invalid

WILD = "{}"
_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")


class _Node:
    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.routes: dict[str, Route] = {}


class Router:
    """All routes, found by one walk along the path's segments; a literal one goes before a wild."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for part in route.path.strip("/").split("/"):
                node = node.children.setdefault(part, _Node())
            node.routes[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the path's variable segments; raises not_found, method_not_allowed.

        ``path`` is what follows ``/v1``.
        """
        found = _walk(self._root, path.lstrip("/").split("/"))
        if found is None:
            raise Refused("not_found", "api route not found", None)
        routes, params = found
        if method not in routes:
            raise Refused("method_not_allowed", f"method {method} is not allowed here", None)
        return routes[method], params


def _walk(node: _Node, parts: list[str]) -> tuple[dict[str, Route], tuple[str, ...]] | None:
    if not parts:
        return (node.routes, ()) if node.routes else None
    head, rest = parts[0], parts[1:]
    if head in node.children and (found := _walk(node.children[head], rest)):
        return found
    if head and WILD in node.children and (found := _walk(node.children[WILD], rest)):
        return found[0], (head, *found[1])
    return None


def parse_body(route: Route, raw: bytes) -> Any:
    """Return a request's body as the route's type; raises json_error or invalid_input."""
    if route.body is None:
        return None
    try:
        plain = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("json_error", "the request body is not valid JSON", None) from error
    try:
        return msgspec.convert(plain, route.body)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        raise _refusal(str(error)) from error


def _refusal(message: str) -> Refused:
    """Name the field that a validation error is about, as ``rules.0.port``."""
    at, missing = _AT.search(message), _MISSING.search(message)
    path = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", at["path"] if at else "").strip(".")
    said = _AT.sub("", message)
    if missing:
        path, said = f"{path}.{missing['field']}".strip("."), "is required"
    return invalid(path or "body", said)
