"""Who answers for a name: the zone it lies in, that zone's servers, and whether the way holds."""

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
    tasks = [asyncio.create_task(_Climb(each, port, patience).up(name)) for each in resolvers]
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


class _Climb:
    """The way from a name towards the root, by one resolver, until a zone is found."""

    def __init__(self, resolver: Server, port: int, patience: float) -> None:
        self._resolver = resolver
        self._port = port
        self._patience = patience

    async def up(self, name: str) -> Authority:
        labels = name.rstrip(".").split(".")
        for height in range(len(labels)):
            zone = ".".join(labels[height:])
            reply = await self._ask(zone)
            if reply.rcode not in ("NOERROR", "NXDOMAIN"):
                raise await self._why(zone, reply)
            # A top level domain has servers too, but nobody's records lie in it.
            if reply.values and height < len(labels) - 1:
                return Authority(zone, await _servers(self._resolver, zone, reply, self._port))
        raise DnsError("dns_domain_unknown", fqdn=name)

    async def _ask(self, zone: str, *, unchecked: bool = False) -> Reply:
        return await ask(
            self._resolver,
            zone,
            "NS",
            recursive=True,
            unchecked=unchecked,
            seconds=self._patience,
        )

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


async def _servers(resolver: Server, zone: str, reply: Reply, port: int) -> tuple[Server, ...]:
    hosts = [value.rstrip(".") for value in reply.values][:MOST_SERVERS]
    found = await asyncio.gather(*(ask(resolver, host, "A", recursive=True) for host in hosts))
    servers = tuple(
        Server(address, port, host)
        for host, each in zip(hosts, found, strict=True)
        for address in each.values
        if _is_address(address)
    )
    if not servers:
        reason = f"{', '.join(hosts)} have no address"
        raise DnsError("dns_delegation_broken", zone=zone, reason=reason)
    answering = await asyncio.gather(*(ask(each, zone, "SOA") for each in servers))
    if not any(each.authoritative and each.rcode == "NOERROR" for each in answering):
        reason = f"none of {', '.join(hosts)} answers for it"
        raise DnsError("dns_delegation_broken", zone=zone, reason=reason)
    return servers


def _is_address(value: str) -> bool:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return True
