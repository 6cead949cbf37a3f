"""A loopback port that leads to the API for as long as it is open, whatever becomes of the link.

It is for kubectl: the port stays the same while the connection behind it is lost and made anew, so
that a kubeconfig that was written once goes on to work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from provisioner.cluster.link import Link
from provisioner.cluster.patience import LEAST_PAUSE
from provisioner.cluster.pump import joined
from provisioner.errors import AccessError, CatalystError

Pair = tuple[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]]
ENDING = 1.0
"""Real seconds in which a connection that carries nothing any more is known to have ended."""


class Gateway:
    """The port, and why it has closed for good, if it has."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._broken: asyncio.Future[CatalystError] = asyncio.get_running_loop().create_future()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def broken(self) -> CatalystError:
        """Return what ended it for good: a control plane that showed another host key."""
        return await asyncio.shield(self._broken)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead one connection to the API; one that cannot be led is closed."""
        self._writers.add(writer)
        try:
            await self._lead(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    def close(self) -> None:
        """End every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far = await self._opened()
        except AccessError as error:
            if not self._broken.done():
                self._broken.set_result(error)
        except (CatalystError, asyncssh.Error, OSError):
            return
        else:
            await joined((reader, writer), far)

    async def _opened(self) -> Pair:
        """Return a channel to the API; a connection that was just lost is waited for anew."""
        layout = self._link.layout
        while True:
            connection = await self._link.up()
            try:
                return await connection.open_connection(layout.api_host, layout.api_port)
            except (asyncssh.Error, OSError):
                if not await _ending(connection):
                    raise


@asynccontextmanager
async def gateway(link: Link, port: int = 0) -> AsyncIterator[Gateway]:
    """Open a port for as long as the block lasts; 0 takes any free one.

    Raises AccessError when the port is taken.
    """
    made = Gateway(link)
    try:
        server = await asyncio.start_server(made.accept, "127.0.0.1", port)
    except OSError as error:
        raise AccessError("local_port_taken", port=port, reason=error.strerror) from error
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.close()


async def _ending(connection: asyncssh.SSHClientConnection) -> bool:
    """Return whether a connection has ended, or does at this moment."""
    try:
        async with asyncio.timeout(ENDING):
            await connection.wait_closed()
    except TimeoutError:
        return False
    # Whoever keeps the link has to see it, too, before it offers another.
    await asyncio.sleep(LEAST_PAUSE)
    return True
