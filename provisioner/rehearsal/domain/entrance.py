"""What stands for a Sovereign's Gateway: HTTP and TLS on its load balancer's own address.

It shows the certificate that lies in the cluster; before there is one, a handshake is refused, as
by a Gateway without its secret. What is behind a host that is not ready answers 503, as a Gateway
does. Over plain HTTP it answers challenges, and sends everything else to TLS.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from provisioner.dns import wanted
from provisioner.rehearsal.certificates import pairs
from provisioner.rehearsal.certificates.pairs import Pair
from provisioner.rehearsal.certificates.reach import CHALLENGES

LONGEST = 16 * 1024
UNRECOGNISED = ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
_PAGE = b"<!doctype html>\n<title>Rehearsal</title>\n<h1>Rehearsal</h1>\n"
Backend = tuple[str, str]
"""Namespace and name of a Service."""


class Behind(Protocol):
    """The cluster behind an entrance."""

    def serves(self, namespace: str, name: str) -> bool:
        """Return whether a Service has a pod that is ready."""
        ...

    def certificate(self) -> Pair | None:
        """Return what the Gateway shows, once there is one."""
        ...

    def challenge(self, token: str) -> str | None:
        """Return what answers a challenge, if there is such a one."""
        ...


class Entrance:
    """The entrance of one Sovereign."""

    def __init__(
        self,
        fqdn: str,
        address: str,
        routes: Mapping[str, Backend],
        behind: Callable[[], Behind | None],
    ) -> None:
        self.fqdn = fqdn
        self.address = address
        self._routes = routes
        self._behind = behind
        self._shown: tuple[Pair, ssl.SSLContext] | None = None
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

    def _choose(
        self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext
    ) -> ssl.AlertDescription | None:
        behind = self._behind()
        pair = behind.certificate() if behind is not None else None
        if pair is None or name not in wanted.sites(self.fqdn):
            return UNRECOGNISED
        if self._shown is None or self._shown[0] != pair:
            # Reading it takes a millisecond, and happens once for each certificate.
            self._shown = pair, pairs.context(pair)
        connection.context = self._shown[1]
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
        first, *lines = head.split("\r\n")
        hosts = [
            line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:")
        ]
        host = hosts[0].partition(":")[0] if hosts else ""
        label, _, below = host.partition(".")
        if below != self.fqdn or label not in wanted.SITES:
            return _response("404 Not Found", b"no such host\n")
        behind = self._behind()
        if plain:
            return _plain(host, first.partition(" ")[2].partition(" ")[0], behind)
        route = self._routes.get(label)
        if behind is None or route is None or not behind.serves(*route):
            return _response("503 Service Unavailable", b"no healthy upstream\n")
        return _response("200 OK", _PAGE)


def _plain(host: str, path: str, behind: Behind | None) -> bytes:
    """Return the answer over plain HTTP."""
    token = path.removeprefix(CHALLENGES)
    if behind is not None and token != path and (answer := behind.challenge(token)):
        return _response("200 OK", answer.encode())
    return _response("301 Moved Permanently", b"", f"Location: https://{host}{path}\r\n")


def _response(status: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n{more}\r\n"
    )
    return head.encode() + body
