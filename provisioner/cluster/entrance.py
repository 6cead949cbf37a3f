"""The near end of the way to the Kubernetes API: a unix socket that stands as long as a link does.

Not asyncssh's own forwarding, whose listener ends with its connection: whoever asyncio (before
Python 3.12) is accepting in that moment is neither served nor closed, and waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh

CHUNK = 65_536
"""Bytes read at once."""

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

    async with await asyncio.start_unix_server(welcome, path, limit=CHUNK) as server:
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
            await _first_of(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.close()
    except (OSError, asyncssh.Error):
        pass
    finally:
        writer.close()


async def _first_of(*copies: Coroutine[Any, Any, None]) -> None:
    """Run until the first ends: HTTP over TLS knows no half of a connection."""
    tasks = [asyncio.create_task(each) for each in copies]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(
    reader: asyncio.StreamReader | asyncssh.SSHReader[bytes],
    writer: asyncio.StreamWriter | asyncssh.SSHWriter[bytes],
) -> None:
    with suppress(OSError, asyncssh.Error):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
