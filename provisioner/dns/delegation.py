"""Who answers for a name: the zone it lies in, that zone's servers, and whether the way holds.

A resolver that is asked for a name that does not exist yet keeps that for as long as the zone says,
for all names below it too (RFC 2308, RFC 8020). So resolvers are only asked for the domain that was
registered; from there on down the zones' own servers tell.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from typing import NamedTuple

from provisioner.dns.ask import Reply, Server, ask
from provisioner.errors import DnsError

PATIENCE = 5.0
"""Real seconds for a resolver, which may have to try several servers that do not answer."""
KNOWN = "localhost"
"""Every resolver answers for it by itself (RFC 6761): silence means that it is not there."""
MOST_SERVERS = 4
"""Of a zone's name servers, so many are asked."""


class Authority(NamedTuple):
    """A zone and the servers that answer for it."""

    zone: str
    servers: tuple[Server, ...]


async def find_authority(
    name: str, resolvers: Sequence[Server], port: int = 53, *, patience: float = PATIENCE
) -> Authority:
    """Return the zone that ``name`` lies in, and its servers, on ``port``; the first answer counts.

    Raises DnsError: ``dns_domain_unknown``, ``dns_delegation_broken``, ``dns_dnssec_broken``,
    ``dns_resolvers_silent``.
    """
    failures: list[DnsError] = []
    tasks = [asyncio.create_task(_Descent(each, port, patience).to(name)) for each in resolvers]
    try:
        for done in asyncio.as_completed(tasks):
            try:
                return await done
            except DnsError as error:
                failures.append(error)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    telling = [each for each in failures if each.code != "dns_resolvers_silent"]
    if telling:
        raise telling[0]
    raise DnsError("dns_resolvers_silent", resolvers=", ".join(str(each) for each in resolvers))


class _Descent:
    """The way from a registered domain down to the zone of a name, by one resolver."""

    def __init__(self, resolver: Server, port: int, patience: float) -> None:
        self._resolver = resolver
        self._port = port
        self._patience = patience

    async def to(self, name: str) -> Authority:
        labels = name.rstrip(".").split(".")
        found: Authority | None = None
        # A top level domain has servers too, but nobody's records lie in it.
        for count in range(2, len(labels) + 1):
            zone = ".".join(labels[-count:])
            if found is None:
                found = await self._registered(zone)
            elif hosts := await _delegated(found, zone):
                found = Authority(zone, await self._servers(zone, hosts))
        if found is None:
            raise DnsError("dns_domain_unknown", fqdn=name)
        return found

    async def _registered(self, zone: str) -> Authority | None:
        reply = await self._ask(zone)
        if reply.rcode not in ("NOERROR", "NXDOMAIN"):
            raise await self._why(zone, reply)
        return Authority(zone, await self._servers(zone, reply.values)) if reply.values else None

    async def _ask(self, zone: str, *, unchecked: bool = False) -> Reply:
        return await ask(
            self._resolver,
            zone,
            "NS",
            recursive=True,
            unchecked=unchecked,
            seconds=self._patience,
        )

    async def _servers(self, zone: str, values: tuple[str, ...]) -> tuple[Server, ...]:
        """Return those that answer for a zone; raises DnsError if none does."""
        hosts = [value.rstrip(".") for value in values][:MOST_SERVERS]
        found = await asyncio.gather(
            *(ask(self._resolver, host, "A", recursive=True) for host in hosts)
        )
        servers = tuple(
            Server(address, self._port, host)
            for host, each in zip(hosts, found, strict=True)
            for address in each.values
            if _is_address(address)
        )
        answering = await asyncio.gather(*(ask(each, zone, "SOA") for each in servers))
        if any(each.authoritative and each.rcode == "NOERROR" for each in answering):
            return servers
        what = "none of them answers for it" if servers else "they have no address"
        reason = f"{', '.join(hosts)}: {what}"
        raise DnsError("dns_delegation_broken", zone=zone, reason=reason)

    async def _why(self, zone: str, reply: Reply) -> DnsError:
        """Return what is at fault for a failure or a silence: resolver, servers or signatures."""
        if not reply.rcode:
            known = await ask(self._resolver, KNOWN, "A", recursive=True, seconds=self._patience)
            if not known.rcode:
                return DnsError("dns_resolvers_silent", resolvers=self._resolver)
        elif (await self._ask(zone, unchecked=True)).rcode in ("NOERROR", "NXDOMAIN"):
            return DnsError("dns_dnssec_broken", zone=zone)
        reason = f"{self._resolver} gets no answer"
        return DnsError("dns_delegation_broken", zone=zone, reason=reason)


async def _delegated(above: Authority, zone: str) -> tuple[str, ...]:
    """Return the servers of a zone of its own below another one; none if it is no zone."""
    for server in above.servers:
        reply = await ask(server, zone, "NS")
        if reply.rcode in ("NOERROR", "NXDOMAIN"):
            return reply.values or reply.referral
    return ()


def _is_address(value: str) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True
