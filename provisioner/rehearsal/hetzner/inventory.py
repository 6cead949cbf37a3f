"""Everything that is rented, in few words: for leak reports and assertions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.rehearsal.hetzner.call import JSON

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

KINDS = (
    "server",
    "primary_ip",
    "floating_ip",
    "network",
    "load_balancer",
    "firewall",
    "volume",
    "placement_group",
    "ssh_key",
    "certificate",
    "zone",
)


def inventory(cloud: Cloud) -> dict[str, list[JSON]]:
    """Return by kind what the project holds: id, name and labels of each; no empty kinds."""
    found = {
        kind: [
            {"id": record.id, "name": record.name, "labels": record.labels}
            for record in getattr(cloud.state, f"{kind}s").values()
        ]
        for kind in KINDS
    }
    return {kind: records for kind, records in found.items() if records}
