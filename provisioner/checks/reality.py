"""What the answers about sizing are held against: what Hetzner has, and what is rented already."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from provisioner.checks.wanted import Servers
from provisioner.hetzner.catalogue import Catalogue
from provisioner.hetzner.machines import Machine
from provisioner.settings import Settings


class Reality(NamedTuple):
    """One look at all of it."""

    catalogue: Catalogue
    settings: Settings
    now: datetime
    kit_mib: int
    """What the components of this release's kit need together."""
    machines: tuple[Machine, ...] = ()
    """The Sovereign's servers that exist."""

    def against(self, servers: Servers) -> tuple[str | None, str]:
        """Return what speaks against ordering these servers, and since or till when.

        The type must be in the catalogue. Servers that stand there as they are wanted are not
        ordered, so nothing speaks against them.
        """
        if servers.number <= sum(_is_one(each, servers) for each in self.machines):
            return None, ""
        kind = self.catalogue.server_types[servers.type]
        offer = kind.offer(servers.location)
        if offer is None or kind.price(servers.location) is None:
            return "hetzner_type_not_here", ""
        going = offer.deprecation
        since = f"{going.unavailable_after:%Y-%m-%d}" if going else ""
        if going and going.unavailable_after <= self.now:
            return "hetzner_type_gone", since
        if not offer.available:
            return "hetzner_type_no_stock", ""
        return ("hetzner_type_deprecated", since) if going else (None, "")


def _is_one(machine: Machine, servers: Servers) -> bool:
    wanted = (servers.pool, servers.type, servers.location)
    return (machine.pool, machine.type, machine.location) == wanted
