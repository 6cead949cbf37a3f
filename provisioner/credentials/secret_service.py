"""Whether this session has an OS keyring that answers without asking.

Looks at the freedesktop Secret Service over D-Bus. No step of it can open a prompt, each reply is
bounded, and only ``ready`` counts: a locked or silent keyring is as good as none.
Source: the Secret Service API, and the D-Bus specification on ListActivatableNames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, Message, MessageType, Properties, message_bus, new_method_call
from jeepney.auth import BEGIN, Authenticator
from jeepney.bus import get_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter

SERVICE = "org.freedesktop.secrets"
ROOT = DBusAddress("/org/freedesktop/secrets", SERVICE, "org.freedesktop.Secret.Service")
COLLECTION = "org.freedesktop.Secret.Collection"
NOTHING = "/"
REPLY = 0.75
"""Real seconds for one reply; a service that must start first answers in less."""
WHOLE = 2.0
"""Real seconds for all of it."""


class Readiness(StrEnum):
    """What was found."""

    READY = "ready"
    LOCKED = "locked"
    EMPTY = "empty"
    """A service without a default collection."""
    ABSENT = "absent"
    UNRESPONSIVE = "unresponsive"


def bus_address(environment: Mapping[str, str]) -> str | None:
    """Return the address of the session's bus, or None where there is none."""
    named = environment.get("DBUS_SESSION_BUS_ADDRESS")
    if named:
        return named
    runtime = environment.get("XDG_RUNTIME_DIR")
    usual = Path(runtime) / "bus" if runtime else None
    return f"unix:path={usual}" if usual and usual.exists() else None


async def probe(environment: Mapping[str, str]) -> Readiness:
    """Return whether the session's keyring can be used now; never prompts, never raises."""
    address = bus_address(environment)
    if address is None:
        return Readiness.ABSENT
    try:
        async with asyncio.timeout(WHOLE):
            return await _ask(address)
    except TimeoutError:
        return Readiness.UNRESPONSIVE
    except (OSError, EOFError, ValueError, StopIteration, RuntimeError):
        # No bus behind the address, or one that is none: jeepney has no error of its own for it.
        return Readiness.ABSENT


async def _ask(address: str) -> Readiness:
    reader, writer = await asyncio.open_unix_connection(get_bus(address))
    # The library's own opening leaves the socket open when it is given up half-way.
    try:
        await _authenticate(reader, writer)
        async with DBusRouter(DBusConnection(reader, writer)) as router:
            await _call(router, message_bus.Hello())
            return await _look(router)
    finally:
        writer.close()


async def _authenticate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    dialogue = Authenticator()
    for line in dialogue:
        writer.write(line)
        answer = await reader.read(1024)
        if not answer:
            raise EOFError
        dialogue.feed(answer)
    writer.write(BEGIN)


async def _look(router: DBusRouter) -> Readiness:
    owned = await _call(router, message_bus.NameHasOwner(SERVICE))
    startable = await _call(router, message_bus.ListActivatableNames())
    if not (owned and owned[0]) and SERVICE not in (startable or ([],))[0]:
        return Readiness.ABSENT
    alias = await _call(router, new_method_call(ROOT, "ReadAlias", "s", ("default",)))
    if alias is None:
        return Readiness.UNRESPONSIVE
    if alias[0] == NOTHING:
        return Readiness.EMPTY
    collection = DBusAddress(alias[0], SERVICE, COLLECTION)
    locked = await _call(router, Properties(collection).get("Locked"))
    if locked is None:
        return Readiness.UNRESPONSIVE
    return Readiness.LOCKED if locked[0][1] else Readiness.READY


async def _call(router: DBusRouter, message: Message) -> tuple[Any, ...] | None:
    """Return a reply's body; None for an error reply; raises TimeoutError."""
    async with asyncio.timeout(REPLY):
        reply = await router.send_and_get_reply(message)
    if reply.header.message_type is not MessageType.method_return:
        return None
    body: tuple[Any, ...] = reply.body
    return body
