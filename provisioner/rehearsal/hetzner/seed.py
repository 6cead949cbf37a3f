"""What is in the project before anybody asks: resources of others, ordered as anybody would."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.rehearsal.hetzner.call import JSON, Call
from provisioner.rehearsal.hetzner.registry import ROUTES
from provisioner.rehearsal.hetzner.routing import Router, parse_body

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request that was made long ago; ``path`` is below ``/v1``."""

    path: str
    body: dict[str, Any]
    method: str = "POST"


def plant(cloud: Cloud, seeds: Iterable[Seed]) -> list[JSON]:
    """Make the requests in order, each done at once; returns their answers, raises Refused."""
    router, scale = Router(ROUTES), cloud.state.settings.scale
    cloud.state.settings.scale = 0
    answers = []
    try:
        for seed in seeds:
            route, params = router.find(seed.method, seed.path)
            body = parse_body(route, msgspec.json.encode(seed.body))
            call = Call(seed.method, seed.path, params, {}, body)
            answers.append(route.handler(cloud, call).payload or {})
            cloud.settle()
    finally:
        cloud.state.settings.scale = scale
    cloud.touch()
    return answers
