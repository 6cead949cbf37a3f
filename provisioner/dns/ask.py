"""One question to one DNS server, bounded in time; every way it can end is a value."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from provisioner.world import World

SECONDS = 3.0
"""Real seconds for one question, a repetition over TCP included."""


class Server(NamedTuple):
    """Where to ask, and how it is called."""

    address: str
    port: int = 53
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.address})" if self.name else self.address


class Reply(NamedTuple):
    """What one server said to one question."""

    rcode: str = ""
    """``NOERROR``, ``NXDOMAIN``, ``SERVFAIL``; empty when no answer came."""
    values: tuple[str, ...] = ()
    """The records that were asked for, after any CNAME."""
    ttl: int = 0
    """Seconds for which the answer, or the absence of one, may be kept."""
    cname: str = ""
    """Where the name itself points, if it is an alias."""
    authoritative: bool = False
    referral: tuple[str, ...] = ()
    """The servers to which the name itself is delegated, from a server of the zone above."""
    reason: str = ""
    """Why no answer came."""


def resolvers_of(world: World) -> tuple[Server, ...]:
    """Return a world's resolvers."""
    found = []
    for each in world.resolvers:
        address, _, port = each.partition(":")
        found.append(Server(address, int(port or 53)))
    return tuple(found)


async def ask(
    server: Server,
    name: str,
    kind: str,
    *,
    recursive: bool = False,
    unchecked: bool = False,
    seconds: float = SECONDS,
) -> Reply:
    """Ask one question; ``unchecked`` asks a validating resolver for what it would refuse."""
    try:
        question = dns.message.make_query(name, kind, use_edns=True)
    except dns.exception.DNSException as error:
        return Reply(reason=str(error))
    if not recursive:
        question.flags &= ~dns.flags.RD
    if unchecked:
        question.flags |= dns.flags.CD
    try:
        # Not dnspython's own bound: before Python 3.12 it can lose a cancel (decision 0703).
        async with asyncio.timeout(seconds):
            answer, _ = await dns.asyncquery.udp_with_fallback(
                question, server.address, port=server.port
            )
    except TimeoutError:
        return Reply(reason=f"no answer in {seconds:.0f} s")
    except (OSError, EOFError, dns.exception.DNSException, ValueError) as error:
        return Reply(reason=getattr(error, "strerror", None) or type(error).__name__)
    return _reply(question, answer)


def _reply(question: dns.message.Message, answer: dns.message.Message) -> Reply:
    asked = question.question[0]
    aliases = [each for each in answer.answer if each.rdtype == dns.rdatatype.CNAME]
    found = [each for each in answer.answer if each.rdtype == asked.rdtype]
    first = next((each for each in aliases if each.name == asked.name), None)
    return Reply(
        rcode=dns.rcode.to_text(answer.rcode()),
        values=tuple(sorted(record.to_text() for each in found for record in each)),
        ttl=_ttl(answer),
        cname=first[0].target.to_text(omit_final_dot=True) if first is not None else "",
        authoritative=bool(answer.flags & dns.flags.AA),
        referral=tuple(
            sorted(
                record.to_text()
                for each in answer.authority
                if each.rdtype == dns.rdatatype.NS and each.name == asked.name
                for record in each
            )
        ),
    )


def _ttl(answer: dns.message.Message) -> int:
    """Return for how long this may be kept; of an absence, as the zone's SOA says (RFC 2308)."""
    if answer.answer:
        return min(each.ttl for each in answer.answer)
    soas = [each for each in answer.authority if each.rdtype == dns.rdatatype.SOA]
    return min((min(each.ttl, each[0].minimum) for each in soas), default=0)
