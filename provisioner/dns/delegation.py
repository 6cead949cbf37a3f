"""Who answers for a name: the zone it lies in, that zone's servers, and whether the way holds."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from typing import NamedTuple

from provisioner.dns.ask import Reply, Server, ask
from provisioner.errors import DnsError

MOST_SERVERS = 4
"""Of a zone's name servers, so many are asked."""


class Authority(NamedTuple):
    """A zone and the servers that answer for it."""

    zone: str
    servers: tuple[Server, ...]


async def find_authority(name: str, resolvers: Sequence[Server], port: int = 53) -> Authority:
    """Return the zone that ``name`` lies in, and its servers, on ``port``.

    Raises DnsError: ``dns_domain_unknown``, ``dns_delegation_broken``, ``dns_dnssec_broken``,
    ``dns_resolvers_silent``.
    """
    failures: list[DnsError] = []
    for resolver in resolvers:
        try:
            return await _through(resolver, name, port)
        except DnsError as error:
            failures.append(error)
    telling = [each for each in failures if each.code != "dns_resolvers_silent"]
    if telling:
        raise telling[0]
    raise DnsError("dns_resolvers_silent", resolvers=", ".join(str(each) for each in resolvers))


async def _through(resolver: Server, name: str, port: int) -> Authority:
    """Climb from the name towards the root until a zone is found."""
    labels = name.rstrip(".").split(".")
    for height in range(len(labels)):
        zone = ".".join(labels[height:])
        reply = await ask(resolver, zone, "NS", recursive=True)
        if not reply.rcode:
            raise DnsError("dns_resolvers_silent", resolvers=resolver)
        if reply.rcode not in ("NOERROR", "NXDOMAIN"):
            raise await _why_failed(resolver, zone)
        # A top level domain has servers too, but nobody's records lie in it.
        if reply.values and height < len(labels) - 1:
            return Authority(zone, await _servers(resolver, zone, reply, port))
    raise DnsError("dns_domain_unknown", fqdn=name)


async def _why_failed(resolver: Server, zone: str) -> DnsError:
    """Return whether signatures or servers are at fault for a SERVFAIL."""
    unchecked = await ask(resolver, zone, "NS", recursive=True, unchecked=True)
    if unchecked.rcode in ("NOERROR", "NXDOMAIN"):
        return DnsError("dns_dnssec_broken", zone=zone)
    return DnsError("dns_delegation_broken", zone=zone, reason=f"{resolver} gets no answer")


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
