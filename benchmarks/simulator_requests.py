"""How many requests a second the simulated cloud answers on one core, with no latency of its own.

A caller in this process makes the calls of an apply, one after the other. What counts is the time
that the simulator's own process spent computing, so that neighbours do not.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from provisioner.clock import Clock
from provisioner.rehearsal.hetzner import Cloud, Settings, create_app, digest
from provisioner.rehearsal.hetzner.serving import listen, serve

TOKEN = "t" * 64
ROUNDS = 300
SERVERS = 10
PROMISE = 1000
TICKS = os.sysconf("SC_CLK_TCK")


async def measure() -> list[Row]:
    """Return the row of this promise."""
    speed = await asyncio.to_thread(_measured)
    return [
        Row(
            what="simulated cloud at zero latency, on one core",
            promise=f">= {PROMISE} requests/s",
            measured=f"{speed:.0f} requests/s",
            kept=speed >= PROMISE,
        )
    ]


def _measured() -> float:
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    try:
        connection = HTTPConnection("127.0.0.1", mine.recv())
        _play(connection, 1)
        before = _computed(process.pid)
        calls = _play(connection, ROUNDS)
        return calls / (_computed(process.pid) - before)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    cloud = Cloud(Clock(), settings=Settings(scale=0, rate_limit=1e9))
    listener = listen()
    pipe.send(listener.getsockname()[1])
    asyncio.run(serve(create_app(cloud, {digest(TOKEN): "write"}), listener))


def _computed(pid: int | None) -> float:
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
        calls += 11
    return calls


def _call(
    connection: HTTPConnection, method: str, path: str, body: object = None
) -> dict[str, Any]:
    sent = None if body is None else json.dumps(body)
    connection.request(method, f"/v1{path}", sent, {"Authorization": f"Bearer {TOKEN}"})
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    assert "error" not in answer, answer
    return answer
