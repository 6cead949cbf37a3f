"""Where a connection that is forwarded through a node really goes."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

import asyncssh

from provisioner.rehearsal.cluster.running import RehearsedCluster
from provisioner.rehearsal.ports import LOOPBACK

API_PORT = 6443
LONGEST = 64 * 1024
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"


class Responder:
    """What stands for every Service whose pods are ready: it answers 200 to any request."""

    def __init__(self) -> None:
        self._servers: dict[bool, asyncio.Server] = {}

    async def start(self, context: ssl.SSLContext) -> None:
        """Listen twice: in the clear, and with TLS."""
        for tls in (False, True):
            self._servers[tls] = await asyncio.start_server(
                self._answer, LOOPBACK, 0, ssl=context if tls else None, limit=LONGEST
            )

    def port(self, *, tls: bool) -> int:
        """Return the port on which it listens."""
        return int(self._servers[tls].sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        for server in self._servers.values():
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()


class Forwarding:
    """One node's view of what listens where."""

    def __init__(self, cluster: RehearsedCluster, responder: Responder) -> None:
        self._cluster = cluster
        self._responder = responder
        self.serves_api = False
        """Whether this node's Kubernetes runs."""

    def find(self, host: str, port: int) -> tuple[str, int]:
        """Return the real address behind one of the node's; raises ChannelOpenError."""
        if host in ("127.0.0.1", "localhost", "::1"):
            if port == API_PORT and self.serves_api and self._cluster.control_plane.port:
                return LOOPBACK, self._cluster.control_plane.port
        elif self._cluster.service(host, port):
            return LOOPBACK, self._responder.port(tls=self._cluster.speaks_tls(host, port))
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "Connection refused")
