"""By which address the internet sees this host: what its firewall rules must let in.

The address from which packets leave is looked at first; that sends nothing. Where it is a private
one, because a router stands between, a resolver is asked: some answer a question about the asker
itself. The operator is shown the proposal and decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket

import dns.asyncquery
import dns.exception
import dns.message
import dns.rdataclass
import dns.rdatatype

from provisioner.dns.ask import Server, resolvers_of
from provisioner.world import World

SELF = "whoami.cloudflare"
"""Asked in class CH, its TXT record is the asker's address. Source: Cloudflare's 1.1.1.1."""
SECONDS = 2.0
"""Real seconds for one resolver."""


async def way_out(world: World) -> str | None:
    """Return this host's own network as a CIDR, ``198.51.100.7/32``, or None if nobody can tell."""
    resolvers = resolvers_of(world)
    for resolver in resolvers:
        local = _leaves_by(resolver)
        if local is not None and local.is_global:
            return f"{local}/{local.max_prefixlen}"
    for resolver in dict.fromkeys(resolvers):
        seen = await _seen_by(resolver)
        if seen is not None:
            return f"{seen}/{seen.max_prefixlen}"
    return None


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _leaves_by(resolver: Server) -> Address | None:
    """Return the address of the interface that leads there; a datagram socket only picks a way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect((resolver.address, resolver.port))
            return ipaddress.ip_address(way.getsockname()[0])
        except (OSError, ValueError):
            return None


async def _seen_by(resolver: Server) -> Address | None:
    question = dns.message.make_query(SELF, dns.rdatatype.TXT, dns.rdataclass.CH)
    try:
        async with asyncio.timeout(SECONDS):
            answer = await dns.asyncquery.udp(question, resolver.address, port=resolver.port)
    except (TimeoutError, OSError, EOFError, ValueError, dns.exception.DNSException):
        return None
    for record in (each for found in answer.answer for each in found):
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(record.to_text().strip('"'))
    return None
