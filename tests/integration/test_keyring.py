"""The OS keyring: found when it is ready, passed over when it is not, given up when it hangs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from jeepney import HeaderFields, Message, Parser, new_error, new_method_return
from pydantic import SecretStr

from provisioner.credentials.keyring import Keyring, find_keyring
from provisioner.credentials.secret_service import SERVICE, WHOLE, Readiness, bus_address, probe
from provisioner.errors import CredentialError

LOGIN = "/org/freedesktop/secrets/collection/login"


class Bus:
    """A session bus with the part of a Secret Service that a probe looks at.

    ``answers`` gives the reply to a method by its name: signature and body, None for silence.
    """

    def __init__(self, **answers: tuple[str, tuple[Any, ...]] | None) -> None:
        self._answers: dict[str, tuple[str, tuple[Any, ...]] | None] = {
            "Hello": ("s", (":1.1",)),
            "NameHasOwner": ("b", (True,)),
            "ListActivatableNames": ("as", ([],)),
            "ReadAlias": ("o", (LOGIN,)),
            "Get": ("v", (("b", False),)),
            **answers,
        }
        self.called: list[str] = []
        self.clients: list[asyncio.Task[Any] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it is gone."""
        self.clients.append(asyncio.current_task())
        await self._authenticate(reader, writer)
        parser = Parser()
        while data := await reader.read(4096):
            parser.add_data(data)
            while (message := parser.get_next_message()) is not None:
                self._answer(message, writer)
        writer.close()

    async def _authenticate(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while line := await reader.readline():
            if line.startswith(b"\0"):
                line = line[1:]
            if line.startswith(b"AUTH"):
                writer.write(b"OK 0123456789abcdef\r\n")
            elif line.startswith(b"NEGOTIATE"):
                writer.write(b"AGREE_UNIX_FD\r\n")
            elif line.startswith(b"BEGIN"):
                return

    def _answer(self, message: Message, writer: asyncio.StreamWriter) -> None:
        name = message.header.fields[HeaderFields.member]
        self.called.append(name)
        answer = self._answers.get(name, ("fail", ()))
        if answer is None:
            return
        reply = (
            new_error(message, "org.example.Refused")
            if answer[0] == "fail"
            else new_method_return(message, *answer)
        )
        writer.write(reply.serialise(serial=len(self.called)))


@asynccontextmanager
async def listening(folder: Path, bus: Bus) -> AsyncIterator[dict[str, str]]:
    """Serve a bus and yield the environment of a session on it."""
    path = folder / "bus"
    server = await asyncio.start_unix_server(bus.serve, path)
    yield {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}
    server.close()
    await asyncio.gather(*(client for client in bus.clients if client))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, Readiness.READY),
        ({"Get": ("v", (("b", True),))}, Readiness.LOCKED),
        ({"ReadAlias": ("o", ("/",))}, Readiness.EMPTY),
        ({"NameHasOwner": ("b", (False,))}, Readiness.ABSENT),
        (
            {"NameHasOwner": ("b", (False,)), "ListActivatableNames": ("as", ([SERVICE],))},
            Readiness.READY,
        ),
        ({"ReadAlias": ("fail", ())}, Readiness.UNRESPONSIVE),
        ({"ReadAlias": None}, Readiness.UNRESPONSIVE),
        ({"Get": None}, Readiness.UNRESPONSIVE),
        ({"Hello": None}, Readiness.UNRESPONSIVE),
    ],
)
async def test_a_keyring_is_found_in_the_state_it_is_in(
    tmp_path: Path, answers: dict[str, Any], expected: Readiness
) -> None:
    """Each state is told apart within the time allowed, without a call that could prompt."""
    bus = Bus(**answers)
    started = time.monotonic()
    async with listening(tmp_path, bus) as environment:
        assert await probe(environment) is expected
        assert time.monotonic() - started < WHOLE + 5
    harmless = {"Hello", "NameHasOwner", "ListActivatableNames", "ReadAlias", "Get"}
    assert set(bus.called) <= harmless


async def test_only_a_ready_keyring_is_used(tmp_path: Path) -> None:
    """A locked one is as good as none."""
    async with listening(tmp_path, Bus()) as environment:
        assert len(await find_keyring(environment)) == 1
        # The usual place of the bus, for sessions that do not name it.
        assert bus_address({"XDG_RUNTIME_DIR": str(tmp_path)}) == next(iter(environment.values()))
        assert bus_address({}) is None
    locked = Bus(Get=("v", (("b", True),)))
    (tmp_path / "other").mkdir()
    async with listening(tmp_path / "other", locked) as environment:
        assert await find_keyring(environment) == ()


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "tcp:host=x", "nonsense", ""])
async def test_an_address_without_a_bus_is_no_keyring(address: str) -> None:
    """Leftover and foreign addresses cost nothing and raise nothing."""
    assert await probe({"DBUS_SESSION_BUS_ADDRESS": address}) is Readiness.ABSENT


async def test_a_keyring_that_fails_later_says_so(tmp_path: Path) -> None:
    """A service that refuses after all, or is gone, is an error with a remedy, not a traceback."""
    async with listening(tmp_path, Bus()) as environment:
        keyring = Keyring(environment)
        for attempt in (keyring.get("a/hcloud_token"), keyring.put("k", SecretStr("sentinel"))):
            with pytest.raises(CredentialError) as refused:
                await attempt
            assert refused.value.code == "keyring_failed"
            assert "sentinel" not in repr(refused.value)
