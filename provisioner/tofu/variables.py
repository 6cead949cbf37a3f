"""The spec as the OpenTofu module's variables.

Nothing here is secret: the result is written to a variables file in clear.
"""

from __future__ import annotations

from typing import Any

from provisioner.settings import Settings, default_settings
from provisioner.spec import SovereignSpec, WorkerPool

SERVER_POLL = 3.2
"""How much longer than at other things the provider waits between two looks at a server."""


def to_module_variables(
    spec: SovereignSpec,
    *,
    network_zone: str,
    ssh_public_key: str,
    poll_interval: float = 1.0,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Return every variable of modules/hetzner that is no secret.

    ``network_zone`` is that of the spec's location; ``poll_interval`` is real seconds between two
    looks of the provider at a running action.
    """
    house = settings or default_settings()
    sizing = spec.sizing
    return {
        "fqdn": spec.fqdn,
        "name": spec.slug,
        "location": sizing.location,
        "network_zone": network_zone,
        "control_plane": {"type": sizing.control_plane.type, "count": sizing.control_plane.count},
        "workers": [_pool(pool, sizing.location) for pool in sizing.workers],
        "operator_cidrs": list(spec.access.operator_cidrs),
        "ssh_public_key": ssh_public_key,
        "delete_protection": spec.protection.delete,
        "load_balancer_type": house.load_balancer_type,
        "image": house.image,
        "poll_interval": f"{round(poll_interval * 1000)}ms",
        "server_poll_interval": f"{round(poll_interval * SERVER_POLL * 1000)}ms",
    }


def _pool(pool: WorkerPool, location: str) -> dict[str, Any]:
    return {
        "name": pool.name,
        "type": pool.type,
        "location": pool.location or location,
        "count": pool.count,
        "ingress": pool.ingress,
        "labels": dict(pool.labels),
        "taints": list(pool.taints),
    }
