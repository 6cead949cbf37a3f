"""Whoever comes to the socket of the API is served or closed, never left waiting."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import asyncssh
import pytest

from provisioner.cluster.entrance import entrance


class Connection:
    """An SSH connection as far as it is asked for ways through it."""

    def __init__(self, open_connection: Any) -> None:
        self.open_connection = open_connection


async def never(_host: str, _port: int) -> None:
    """Neither open the way nor refuse it."""
    await asyncio.Event().wait()


async def refused(_host: str, _port: int) -> None:
    """Say that nobody listens there."""
    raise asyncssh.ChannelOpenError(2, "Connection refused")


async def ended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Return once the other side has closed, or reset what was not read."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True
    finally:
        writer.close()


@pytest.mark.parametrize("connection", [None, Connection(refused)], ids=["no-link", "refused"])
async def test_who_cannot_be_carried_is_closed_at_once(
    tmp_path: Path, connection: Connection | None
) -> None:
    """A client sees the end, and can try again."""
    current = cast("asyncssh.SSHClientConnection | None", connection)
    async with asyncio.timeout(90), entrance(tmp_path / "api", "host", 1, lambda: current):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "api")
        writer.write(b"anybody?")
        assert await ended(reader, writer)


async def test_who_is_being_carried_is_closed_with_the_entrance(tmp_path: Path) -> None:
    """Even one that came in the last moment, and one whose way never opens."""
    current = cast("asyncssh.SSHClientConnection", Connection(never))
    async with asyncio.timeout(90):
        async with entrance(tmp_path / "api", "host", 1, lambda: current):
            first = await asyncio.open_unix_connection(tmp_path / "api")
            await asyncio.sleep(0.05)
            last = await asyncio.open_unix_connection(tmp_path / "api")
        assert await ended(*first)
        assert await ended(*last)


async def test_what_is_carried_arrives_and_an_end_is_passed_on(tmp_path: Path) -> None:
    """Both ways, more than one buffer of it."""
    sent = b"x" * 1_000_000

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readexactly(len(sent))).upper())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        direct = cast("asyncssh.SSHClientConnection", Connection(asyncio.open_connection))
        async with asyncio.timeout(90), entrance(tmp_path / "api", host, port, lambda: direct):
            reader, writer = await asyncio.open_unix_connection(tmp_path / "api")
            writer.write(sent)
            assert await reader.read() == sent.upper()
            writer.close()
