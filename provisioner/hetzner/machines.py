"""The servers of a Sovereign as they are rented now, by their labels.

Source: the API's ``/servers`` (``server_type``, ``location``, ``primary_disk_size``).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from provisioner.hetzner.client import Hetzner, Json
from provisioner.hetzner.inventory import LABEL

_POOL = "catalyst.openova.io/pool"


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One server that is rented."""

    pool: str
    """``cp``, or the name of its worker pool."""
    type: str
    location: str
    disk: int
    """GB; a type change may let it grow, and Hetzner never lets it shrink."""


async def read_machines(hetzner: Hetzner, fqdn: str) -> tuple[Machine, ...]:
    """Return the Sovereign's servers as they are now; raises HetznerError."""
    return machines(await hetzner.list("/servers", "servers"), fqdn)


def machines(servers: Iterable[Json], fqdn: str) -> tuple[Machine, ...]:
    """Return those of the listed servers that bear the Sovereign's label and a pool's."""
    return tuple(
        Machine(
            pool=labels[_POOL],
            type=str((each.get("server_type") or {}).get("name") or ""),
            location=str((each.get("location") or {}).get("name") or ""),
            disk=int(each.get("primary_disk_size") or 0),
        )
        for each in servers
        if (labels := each.get("labels") or {}).get(LABEL) == fqdn and _POOL in labels
    )
