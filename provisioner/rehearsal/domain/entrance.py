"""What stands for a Sovereign's Gateway: HTTP and TLS on its load balancer's own address.

A certificate is there only once all five hosts lead to this address, as a challenge over HTTP would
want it; before, a handshake is refused, as by a Gateway without its secret. What is behind a host
that is not ready answers 503, as a Gateway does.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

import dns.message

from provisioner.dns import wanted
from provisioner.rehearsal.domain.authority import Authority
from provisioner.rehearsal.domain.nameserver import LOOPBACK, Zones, answer

Serves = Callable[[str], bool]
"""Whether what is behind a host, ``gitea``, is ready."""
LONGEST = 16 * 1024
UNRECOGNISED = ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
_PAGE = b"<!doctype html>\n<title>Rehearsal</title>\n<h1>Rehearsal</h1>\n"


class Entrance:
    """The entrance of one Sovereign."""

    def __init__(
        self, fqdn: str, address: str, authority: Authority, zones: Zones, serves: Serves
    ) -> None:
        self.fqdn = fqdn
        self.address = address
        self._authority = authority
        self._zones = zones
        self._serves = serves
        self._certified: ssl.SSLContext | None = None
        self._servers: list[asyncio.Server] = []

    async def open(self, http: int, https: int) -> None:
        """Listen on both ports; raises OSError."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.sni_callback = self._choose
        for port, tls in ((http, None), (https, context)):
            self._servers.append(
                await asyncio.start_server(self._answer, self.address, port, ssl=tls, limit=LONGEST)
            )

    def close(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.close()

    def leads_here(self) -> bool:
        """Return whether every host of the certificate resolves to this entrance."""
        return all(self._resolves(name) for name in wanted.sites(self.fqdn))

    def _resolves(self, name: str) -> bool:
        said = answer(dns.message.make_query(name, "A").to_wire(), self._zones(), LOOPBACK)
        found = dns.message.from_wire(said).answer if said else []
        return {record.to_text() for each in found for record in each} == {self.address}

    def _choose(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext
    ) -> ssl.AlertDescription | None:
        if name not in wanted.sites(self.fqdn):
            return UNRECOGNISED
        if self._certified is None and self.leads_here():
            # A key and a signature take a millisecond, and happen once.
            self._certified = self._authority.issue(wanted.sites(self.fqdn))
        if self._certified is None:
            return UNRECOGNISED
        connection.context = self._certified
        return None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, asyncio.LimitOverrunError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
                plain = writer.get_extra_info("ssl_object") is None
                writer.write(self._said(head.decode("latin-1"), plain=plain))
                await writer.drain()
        writer.close()

    def _said(self, head: str, *, plain: bool) -> bytes:
        lines = head.split("\r\n")
        hosts = [
            line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:")
        ]
        host = hosts[0].partition(":")[0] if hosts else ""
        label, _, below = host.partition(".")
        if below != self.fqdn or label not in wanted.SITES:
            return _response("404 Not Found", b"no such host\n")
        if plain:
            return _response("301 Moved Permanently", b"", f"Location: https://{host}/\r\n")
        if not self._serves(label):
            return _response("503 Service Unavailable", b"no healthy upstream\n")
        return _response("200 OK", _PAGE)


def _response(status: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n{more}\r\n"
    )
    return head.encode() + body
