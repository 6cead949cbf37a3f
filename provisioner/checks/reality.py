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

    def unfit(self, servers: Servers) -> str:
        """Return why Hetzner never changes what exists of these to their type; empty where it does.

        The type must be in the catalogue. What stands elsewhere is made anew, and takes any.
        """
        kind = self.catalogue.server_types[servers.type]
        here = (servers.pool, servers.location)
        there = [each for each in self.machines if (each.pool, each.location) == here]
        disk = max((each.disk for each in there), default=0)
        if kind.disk < disk:
            return f"its disk has {kind.disk} GB, theirs {disk} GB, and a disk never shrinks"
        for each in there:
            old = self.catalogue.server_types.get(each.type)
            if old is not None and old.architecture != kind.architecture:
                return f"its processors are {kind.architecture}, theirs {old.architecture}"
        return ""

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
