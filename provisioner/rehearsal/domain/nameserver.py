"""The world's name server: it holds the registrar's zones, and is the resolver of everybody in it.

Answers as RFC 1034 and RFC 4592 want them: wildcards for what has no name of its own, an empty
answer for a name without that type, NXDOMAIN with the zone's SOA for none. What lies in no zone
does not exist: this world ends where its zones do.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from provisioner.dns.records import Record, Zone

LOOPBACK = "127.0.0.1"
HOST = "ns1"
"""The label of the server below each zone."""
OPERATOR = "203.0.113.7"
"""By which address this world sees whoever operates in it: one kept for examples (RFC 5737)."""
DEFAULT_TTL = 300
NEGATIVE_TTL = 60
TYPES = frozenset({"A", "AAAA", "CNAME", "TXT", "MX", "NS", "CAA", "SRV"})
"""What can be asked for; a provider's own types are no DNS."""
LONGEST_DATAGRAM = 1232
Zones = Callable[[], Mapping[str, Zone]]


@asynccontextmanager
async def serve_dns(zones: Zones, host: str = LOOPBACK, port: int = 0) -> AsyncIterator[int]:
    """Answer over UDP and TCP while the block runs; yields the port. ``zones`` is asked each time.

    Raises OSError when the port is taken.
    """
    loop = asyncio.get_running_loop()
    # The same number must be free for both: TCP takes it first.
    streams = await asyncio.start_server(lambda r, w: _stream(zones, host, r, w), host, port)
    taken = int(streams.sockets[0].getsockname()[1])
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Datagrams(zones, host), local_addr=(host, taken)
    )
    try:
        yield taken
    finally:
        transport.close()
        streams.close()
        await streams.wait_closed()


def answer(
    wire: bytes, zones: Mapping[str, Zone], host: str, longest: int | None = None
) -> bytes | None:
    """Return the answer to one question, or None to what is none.

    One that is longer than ``longest``, or than the asker takes, is cut: it asks again over TCP.
    """
    try:
        question = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError, struct.error):
        return None
    if question.flags & dns.flags.QR or len(question.question) != 1:
        return None
    reply = dns.message.make_response(question, recursion_available=True)
    asked = question.question[0]
    if asked.rdclass == dns.rdataclass.CH:
        return _who_asks(reply, asked)
    found = _zone_of(asked.name, zones)
    if found is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    else:
        reply.flags |= dns.flags.AA
        _fill(reply, asked.name, dns.rdatatype.to_text(asked.rdtype), _Served(found, host))
    if longest is None:
        return reply.to_wire(max_size=65535)
    try:
        return reply.to_wire(max_size=min(longest, max(512, question.payload)))
    except dns.exception.TooBig:
        cut = dns.message.make_response(question)
        cut.flags |= dns.flags.TC
        return cut.to_wire()


def _who_asks(reply: dns.message.Message, asked: dns.rrset.RRset) -> bytes:
    """Answer as public resolvers do that tell an asker its own address."""
    text = f'"{OPERATOR}"'
    reply.answer.append(dns.rrset.from_text(asked.name, 0, "CH", "TXT", text))
    return reply.to_wire()


class _Served:
    """One zone with what every zone has: its SOA, its server, and that server's address."""

    def __init__(self, zone: Zone, host: str) -> None:
        self.origin = dns.name.from_text(zone.domain)
        self.ttl = int(zone.ttl) if zone.ttl.isdigit() else DEFAULT_TTL
        server = f"{HOST}.{zone.domain}."
        self.soa = dns.rrset.from_text(
            self.origin, NEGATIVE_TTL, "IN", "SOA",
            f"{server} hostmaster.{zone.domain}. 1 3600 600 86400 {NEGATIVE_TTL}",
        )  # fmt: skip
        own = (
            Record(name="", type="NS", value=server),
            Record(name=HOST, type="A", value=host),
        )
        self.records = [each for each in (*own, *zone.records) if each.type in TYPES]

    def at(self, name: dns.name.Name) -> list[Record] | None:
        """Return the records of a name, or of its wildcard; None if there is no such name."""
        relative = name.relativize(self.origin).canonicalize().to_text()
        label = "" if relative == "@" else relative
        if any(each.is_below(label) for each in self.records) or not label:
            return [each for each in self.records if each.name == label]
        above = label
        while above:
            above = above.partition(".")[2]
            wildcard = f"*.{above}" if above else "*"
            held = [each for each in self.records if each.name == wildcard]
            if held:
                return held
            # A closer name that exists hides the wildcards above it.
            if above and any(each.is_below(above) for each in self.records):
                return None
        return None


def _fill(reply: dns.message.Message, name: dns.name.Name, kind: str, zone: _Served) -> None:
    """Put what a zone knows of a name into an answer, following aliases inside the zone."""
    if kind == "SOA" and name == zone.origin:
        reply.answer.append(zone.soa)
        return
    for _ in range(8):
        records = zone.at(name)
        aliases = [each for each in records or () if each.type == "CNAME"]
        if not aliases or kind == "CNAME":
            break
        reply.answer += _rrsets(name, aliases[:1], zone)
        name = _absolute(aliases[0].value, zone.origin)
        if not name.is_subdomain(zone.origin):
            return
    found = [each for each in records or () if each.type == kind]
    if found:
        reply.answer += _rrsets(name, found, zone)
        return
    reply.authority.append(zone.soa)
    if records is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)


def _rrsets(name: dns.name.Name, records: Iterable[Record], zone: _Served) -> list[dns.rrset.RRset]:
    """Return one set of records; what the registrar was told but is no record is not served."""
    held = list(records)
    ttl = min(int(each.ttl) if each.ttl.isdigit() else zone.ttl for each in held)
    values = []
    for each in held:
        with suppress(dns.exception.DNSException):
            values.append(dns.rrset.from_text(name, ttl, "IN", each.type, _value(each))[0])
    return [dns.rrset.from_rdata_list(name, ttl, values)] if values else []


def _value(record: Record) -> str:
    if record.type == "TXT":
        text = record.value.replace("\\", "\\\\").replace('"', '\\"')
        return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))
    if record.type == "MX":
        return f"{record.extra or 10} {record.value.rstrip('.')}."
    if record.type in ("CNAME", "NS"):
        return f"{record.value.rstrip('.')}."
    return record.value


def _absolute(name: str, origin: dns.name.Name) -> dns.name.Name:
    return dns.name.from_text(f"{name.rstrip('.')}.", origin)


def _zone_of(name: dns.name.Name, zones: Mapping[str, Zone]) -> Zone | None:
    held = [zone for zone in zones.values() if name.is_subdomain(dns.name.from_text(zone.domain))]
    return max(held, key=lambda zone: zone.domain.count("."), default=None)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zones: Zones, host: str) -> None:
        self._zones = zones
        self._host = host
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        said = answer(data, self._zones(), self._host, LONGEST_DATAGRAM)
        if said is not None:
            self._transport.sendto(said, addr)


async def _stream(
    zones: Zones, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        async with asyncio.timeout(5):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            said = answer(await reader.readexactly(length), zones(), host)
        if said is not None:
            writer.write(struct.pack("!H", len(said)) + said)
            await writer.drain()
    except (TimeoutError, OSError, EOFError):
        # Whoever hangs up, or says nothing, gets no answer.
        return
    finally:
        writer.close()
