"""A probe of a Service's address, asked by the node itself: its answer is what a user would get.

HTTP is spoken by hand over an SSH channel: one GET, and of its answer the status line alone. TLS is
not verified, as with kubelet's probes: inside the cluster certificates are often self-signed, and a
probe sends no secret and believes nothing but that somebody answers.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Protocol

import asyncssh

from provisioner.cluster.ports import Answer

SECONDS = 5.0
"""Real seconds, as programs take them in any world."""
LONGEST_LINE = 4096
CHUNK = 16384


class Channel(Protocol):
    """Bytes to and from the Service."""

    async def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes; none at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send ``data``."""
        ...


async def probe(
    connection: asyncssh.SSHClientConnection, host: str, port: int, path: str | None, tls: bool
) -> Answer:
    """GET ``path``, or only connect if it is None; never raises for what the Service does."""
    try:
        async with asyncio.timeout(SECONDS), _plain(connection, host, port) as plain:
            channel: Channel = await _Tls(plain, host).opened() if tls else plain
            if path is None:
                return Answer(True, "accepts connections")
            await channel.write(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: catalyst\r\n"
                "Accept: */*\r\nConnection: close\r\n\r\n".encode("ascii")
            )
            return judged(await _first_line(channel))
    except TimeoutError:
        return Answer(False, f"no answer in {SECONDS:.0f} s")
    except asyncssh.ChannelOpenError as error:
        return Answer(False, (error.reason or "connection refused").lower())
    except ssl.SSLError:
        return Answer(False, "no TLS")
    except (asyncssh.Error, OSError, EOFError):
        return Answer(False, "connection closed")


def judged(line: bytes) -> Answer:
    """Read an HTTP status line: 2xx and 3xx are good, as for kubelet."""
    words = line.decode("ascii", "replace").split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdecimal():
        return Answer(False, "no HTTP")
    code = int(words[1])
    known = code in HTTPStatus._value2member_map_
    phrase = HTTPStatus(code).phrase if known else " ".join(words[2:])[:40]
    return Answer(HTTPStatus.OK <= code < HTTPStatus.BAD_REQUEST, f"{code} {phrase}".strip())


async def _first_line(channel: Channel) -> bytes:
    received = b""
    while b"\n" not in received and len(received) < LONGEST_LINE:
        more = await channel.read(CHUNK)
        if not more:
            raise EOFError
        received += more
    return received.partition(b"\n")[0]


class _Plain:
    """A direct-tcpip channel."""

    def __init__(
        self, reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]
    ) -> None:
        self._reader = reader
        self.writer = writer

    async def read(self, size: int) -> bytes:
        return await self._reader.read(size)

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


@asynccontextmanager
async def _plain(
    connection: asyncssh.SSHClientConnection, host: str, port: int
) -> AsyncIterator[_Plain]:
    reader, writer = await connection.open_connection(host, port)
    try:
        yield _Plain(reader, writer)
    finally:
        writer.channel.abort()


class _Tls:
    """TLS over a plain channel, by hand, as asyncio's works on its own transports only."""

    def __init__(self, plain: _Plain, host: str) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    async def opened(self) -> _Tls:
        """Shake hands."""
        while True:
            try:
                self._object.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._exchange()
        await self._flush()
        return self

    async def read(self, size: int) -> bytes:
        while True:
            try:
                return self._object.read(size)
            except ssl.SSLWantReadError:
                await self._exchange()
            except ssl.SSLZeroReturnError:
                return b""

    async def write(self, data: bytes) -> None:
        self._object.write(data)
        await self._flush()

    async def _exchange(self) -> None:
        await self._flush()
        received = await self._plain.read(CHUNK)
        if not received:
            raise EOFError
        self._incoming.write(received)

    async def _flush(self) -> None:
        if pending := self._outgoing.read():
            await self._plain.write(pending)
