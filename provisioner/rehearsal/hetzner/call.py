"""A request and its answer, as the rules of the cloud see them: no HTTP library in sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud
    from provisioner.rehearsal.hetzner.model import Action

JSON = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request, matched to its route, its body already of the route's type."""

    method: str
    path: str
    params: tuple[str, ...] = ()
    """The path's variable segments, in order."""
    query: dict[str, list[str]] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Answer:
    """What goes back; without a payload there is no body."""

    payload: JSON | None = None
    status: int = 200


Handler = Callable[["Cloud", Call], Answer]
Effect = Callable[["Cloud", "Action"], None]


@dataclass(frozen=True)
class Route:
    """Which handler answers a method on a path, and what the body must be."""

    method: str
    path: str
    """Below ``/v1``; ``{}`` stands for a variable segment."""
    handler: Handler
    body: type | None = None
