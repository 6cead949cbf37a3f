"""What a pool's DNS provider must be able to do; one file a provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from provisioner.dns.records import Record, Zone


class ZoneApi(Protocol):
    """One zone at a provider that writes zones as a whole.

    Every method is one request and may raise DnsError; a write that raises may have happened.
    """

    @property
    def domain(self) -> str:
        """The zone's name."""
        ...

    async def read(self) -> Zone:
        """Return the whole zone."""
        ...

    async def add(self, records: Sequence[Record]) -> None:
        """Add records behind those that are there, which stay; what is there twice is twice."""
        ...

    async def replace(self, zone: Zone) -> None:
        """Make the zone exactly this: what is not in it is gone."""
        ...
