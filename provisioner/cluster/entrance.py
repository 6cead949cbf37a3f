"""The near end of the way to the Kubernetes API: a unix socket that stands as long as a link does.

Not asyncssh's own forwarding, whose listener ends with its connection: whoever asyncio (before
Python 3.12) is accepting in that moment is neither served nor closed, and waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from provisioner.cluster.pump import joined

Current = Callable[[], asyncssh.SSHClientConnection | None]
"""Returns the SSH connection in use; None while there is none."""


@asynccontextmanager
async def entrance(path: Path, host: str, port: int, current: Current) -> AsyncIterator[None]:
    """Carry what comes to a unix socket to ``host:port`` behind the connection then in use.

    Whoever comes while there is none, or when the far end refuses, is closed at once.
    """
    carried: set[asyncio.Task[None]] = set()
    closing = asyncio.Event()

    def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if closing.is_set():
            writer.close()
            return
        task = asyncio.create_task(_carry(reader, writer, host, port, current()))
        carried.add(task)
        task.add_done_callback(carried.discard)

    async with await asyncio.start_unix_server(welcome, path) as server:
        try:
            yield
        finally:
            closing.set()
            # In two turns of the loop whoever was accepted is attached to the server.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            server.close()
            for task in carried:
                task.cancel()
            await asyncio.gather(*carried, return_exceptions=True)


async def _carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    port: int,
    connection: asyncssh.SSHClientConnection | None,
) -> None:
    """Carry both ways until either end closes or the connection breaks, and close both."""
    try:
        if connection is None:
            return
        far_reader, far_writer = await connection.open_connection(host, port)
        try:
            await joined((reader, writer), (far_reader, far_writer))
        finally:
            far_writer.close()
    except (OSError, asyncssh.Error):
        pass
    finally:
        writer.close()
