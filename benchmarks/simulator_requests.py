"""How many requests a second the simulated cloud answers on one core, with no latency of its own.

A caller in this process makes the calls of an apply, one after the other. What counts is the time
that the simulator's own process spent computing, so that neighbours do not. It is measured for a
cloud in memory and for one that has every change on disk before it answers; and, once all that it
remembers is full, how much larger the process becomes by as many requests again.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.row import Row
from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, Store, create_app, digest
from provisioner.rehearsal.hetzner.requestlog import KEPT
from provisioner.rehearsal.hetzner.serving import listen, serve

TOKEN = "t" * 64
ROUNDS = 300
SERVERS = 10
CALLS = 11
"""Requests of one round."""
PROMISE = 1000
GROWTH = 4
"""Megabytes."""
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


async def measure() -> list[Row]:
    """Return the rows of these promises."""
    rows = []
    with TemporaryDirectory() as folder:
        for kept, store in (("in memory", None), ("on disk", Path(folder) / "cloud.json")):
            speed = await asyncio.to_thread(_speed, store)
            rows.append(
                Row(
                    what=f"simulated cloud at zero latency, kept {kept}, on one core",
                    promise=f">= {PROMISE} requests/s",
                    measured=f"{speed:.0f} requests/s",
                    kept=speed >= PROMISE,
                )
            )
    grown, calls = await asyncio.to_thread(_growth)
    rows.append(
        Row(
            what=f"simulated cloud, grown by {calls} more requests",
            promise=f"<= {GROWTH} MB",
            measured=f"{grown:.1f} MB",
            kept=grown <= GROWTH,
        )
    )
    return rows


def _speed(store: Path | None) -> float:
    """Return the requests that one second of the simulator's computing answers."""
    with _served(store) as (connection, pid):
        _play(connection, 1)
        before = _computed(pid)
        calls = _play(connection, ROUNDS)
        return calls / (_computed(pid) - before)


def _growth() -> tuple[float, int]:
    """Return by how many megabytes a simulator grows that had seen much, and by how many calls."""
    with _served(None) as (connection, pid):
        calls = _play(connection, KEPT // CALLS + 1)
        before = _held(pid)
        _play(connection, KEPT // CALLS + 1)
        return (_held(pid) - before) / 1e6, calls


@contextmanager
def _served(store: Path | None) -> Iterator[tuple[HTTPConnection, int]]:
    """Serve a cloud from a process of its own."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, store))
    process.start()
    try:
        yield HTTPConnection("127.0.0.1", mine.recv()), process.pid or 0
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, path: Path | None) -> None:
    store = None if path is None else Store(path)
    cloud = Cloud(Clock(), store=store, settings=Settings(scale=0, rate_limit=1e9))
    listener = listen()
    pipe.send(listener.getsockname()[1])
    asyncio.run(serve(create_app(cloud, {digest(TOKEN): "write"}), listener))


def _held(pid: int) -> int:
    """Return the bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def _computed(pid: int) -> float:
    """Return the seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _play(connection: HTTPConnection, rounds: int) -> int:
    """Make the calls of so many small applies, and return how many they were."""
    calls = 0
    for at in range(rounds):
        name = f"s{at % SERVERS}"
        order = {"name": name, "server_type": "cx23", "image": "ubuntu-24.04"}
        made = _call(connection, "POST", "/servers", order)
        found = _call(connection, "GET", f"/servers?name={name}")["servers"][0]
        for path in (f"/actions?id={made['action']['id']}&sort=status", f"/servers/{found['id']}"):
            for _ in range(4):
                _call(connection, "GET", path)
        _call(connection, "DELETE", f"/servers/{found['id']}")
        calls += CALLS
    return calls


def _call(
    connection: HTTPConnection, method: str, path: str, body: object = None
) -> dict[str, Any]:
    sent = None if body is None else json.dumps(body)
    connection.request(method, f"/v1{path}", sent, {"Authorization": f"Bearer {TOKEN}"})
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    assert "error" not in answer, answer
    return answer
