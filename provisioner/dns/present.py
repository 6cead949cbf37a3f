"""A domain of one's own as it is before a run: who answers for it, and what stands at its hosts."""

from __future__ import annotations

import asyncio

import msgspec

from provisioner.dns import wanted
from provisioner.dns.ask import Server, ask
from provisioner.dns.delegation import Authority
from provisioner.facts import DnsRecord

IN_THE_WAY = frozenset({"CNAME", "AAAA"})
"""Types that keep a name from leading to the load balancer's IPv4 address alone."""


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a name now."""

    zone: str
    """The zone in which its records belong."""
    servers: tuple[str, ...]
    """The names of the servers that answer for it."""
    records: tuple[DnsRecord, ...]
    """What stands at the hosts that the Sovereign needs."""

    @property
    def conflicts(self) -> tuple[DnsRecord, ...]:
        """Records that must go, whatever the load balancer's address will be."""
        return tuple(each for each in self.records if each.type in IN_THE_WAY)


async def look_at(authority: Authority, fqdn: str) -> Present:
    """Ask the zone's own servers what stands at the hosts of a name."""
    names = wanted.names(fqdn)
    found = await asyncio.gather(*(_at(authority.servers[0], name) for name in names))
    return Present(
        zone=authority.zone,
        servers=tuple(sorted({each.name or each.address for each in authority.servers})),
        records=tuple(record for each in found for record in each),
    )


async def _at(server: Server, name: str) -> list[DnsRecord]:
    ipv4, ipv6 = await asyncio.gather(ask(server, name, "A"), ask(server, name, "AAAA"))
    if ipv4.cname:
        return [DnsRecord(name=name, type="CNAME", value=ipv4.cname, ttl=ipv4.ttl)]
    return [
        DnsRecord(name=name, type=kind, value=value, ttl=reply.ttl)
        for kind, reply in (("A", ipv4), ("AAAA", ipv6))
        for value in reply.values
    ]
