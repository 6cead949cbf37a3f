"""Carrying bytes between two ends of a connection."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncssh

CHUNK = 65_536
"""Bytes read at once."""

Reader = asyncio.StreamReader | asyncssh.SSHReader[bytes]
Writer = asyncio.StreamWriter | asyncssh.SSHWriter[bytes]


async def joined(near: tuple[Reader, Writer], far: tuple[Reader, Writer]) -> None:
    """Carry both ways until either end closes or breaks, and close both."""
    await asyncio.gather(_pump(near[0], far[1]), _pump(far[0], near[1]))


async def _pump(reader: Reader, writer: Writer) -> None:
    """Copy until one side has ended, then end the other."""
    with suppress(OSError, asyncssh.Error):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, asyncssh.Error):
        writer.close()
