"""The servers that answers ask for, as far as they say; shared by all checks of sizing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from provisioner import rules

Place = tuple[str | int, ...]
CONTROL_PLANE: Place = ("sizing", "control_plane")


class Servers(NamedTuple):
    """Servers of one kind in one place."""

    pool: str
    """As the module labels them: ``cp``, or the name of the worker pool."""
    type: str
    location: str
    number: int
    at: Place
    """Where the answers name them: ``("sizing", "workers", 0)``."""
    location_at: Place
    """Where the answers name their location."""


def wanted_servers(values: Mapping[str, Any]) -> tuple[Servers, ...]:
    """Return the servers of answers in the shape of sovereign.yaml; gaps are left out."""
    sizing = _mapping(values, "sizing")
    home = _text(sizing, "location")
    home_at: Place = ("sizing", "location")
    control = _mapping(sizing, "control_plane")
    found = [_servers("cp", control, home, CONTROL_PLANE, home_at, 1)]
    pools = sizing.get("workers")
    for index, pool in enumerate(pools if isinstance(pools, list | tuple) else ()):
        if isinstance(pool, Mapping):
            at: Place = ("sizing", "workers", index)
            name, own = _text(pool, "name") or "", _text(pool, "location")
            where = (*at, "location") if own else home_at
            found.append(_servers(name, pool, own or home, at, where, 0))
    return tuple(each for each in found if each is not None)


def chosen_location(values: Mapping[str, Any]) -> str | None:
    """Return the control plane's location, if the answers name one."""
    return _text(_mapping(values, "sizing"), "location")


def chosen_fqdn(values: Mapping[str, Any]) -> str | None:
    """Return the Sovereign's full name, if the answers make a sound one."""
    domain = _mapping(values, "domain")
    own = domain.get("mode") == "own"
    parts = [_text(domain, key) for key in (("fqdn",) if own else ("label", "pool"))]
    try:
        return rules.fqdn(".".join(part for part in parts if part)) if all(parts) else None
    except PydanticCustomError:
        return None


def _servers(
    name: str,
    values: Mapping[str, Any],
    location: str | None,
    at: Place,
    location_at: Place,
    usual: int,
) -> Servers | None:
    kind, count = _text(values, "type"), values.get("count", usual)
    if kind is None or location is None:
        return None
    # True is an int to Python, but no number of servers.
    number = count if isinstance(count, int) and not isinstance(count, bool) else usual
    return Servers(name, kind, location, number, at, location_at)


def _mapping(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = values.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _text(values: Mapping[str, Any], key: str) -> str | None:
    inner = values.get(key)
    return inner if isinstance(inner, str) and inner else None
