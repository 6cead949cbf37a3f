"""How a command finds the rehearsed world of its home, starting it if nobody has."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx2
import msgspec

import provisioner
from provisioner.credentials import rehearsal_account, rehearsal_reader, rehearsal_token
from provisioner.errors import RehearsalError
from provisioner.home import Home, cache_directory
from provisioner.lock import holder
from provisioner.logout import Logind
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.control import CONFLICT, HEADER, PREFIX
from provisioner.rehearsal.domain.dynadot import PATH as REGISTRAR
from provisioner.rehearsal.domain.registrar import digest
from provisioner.rehearsal.hosting import repository
from provisioner.rehearsal.hosting.http import PREFIX as GIT
from provisioner.rehearsal.ports import LOOPBACK
from provisioner.rehearsal.record import Order, Record, Refusal, Standing, WorldFolder
from provisioner.world import World

START = 30.0
"""Real seconds that the process may take until it answers."""
LOOK = 0.05
POLLS = 4.0
"""Seconds of the world between two looks of the provider at an action, within the bounds below."""
POLL_BOUNDS = (0.05, 0.5)
"""Real seconds; the provider's own default is the upper one."""
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "XDG_RUNTIME_DIR")
NEEDED = ("etcd", "kube-apiserver", "pebble", "flux", "gateway-api")

Say = Callable[[str], None]


async def open_world(
    home: Home,
    *,
    speed: float | None = None,
    scenario: str | None = None,
    tools: Mapping[str, Path],
    say: Say = lambda _: None,
) -> World:
    """Return the rehearsed world of ``home``, awake.

    ``speed`` and ``scenario`` are left as they are where they are None; a world without machines
    then plays the usual scenario. ``tools`` are the programs by name; ``say`` is told of waits.
    Raises RehearsalError, CredentialError.
    """
    if scenario is not None:
        scenarios.load(scenario)
    token = await rehearsal_token(home.rehearsal, os.environ)
    key, secret = await rehearsal_account(home.rehearsal)
    reader = await rehearsal_reader(home.rehearsal)
    folder = WorldFolder.of(home).create()
    record = await _awake(home, folder, say)
    order = Order(
        token=hashlib.sha256(token.get_secret_value().encode()).hexdigest(),
        account=digest(key.get_secret_value(), secret.get_secret_value()),
        reader=repository.digest(*reader.get_secret_value().split(":", 1)),
        tools={name: str(path) for name, path in tools.items() if name in NEEDED},
        speed=speed,
        scenario=scenario,
    )
    return _world(record, await _ordered(record, order))


async def close_world(home: Home) -> None:
    """End the world of ``home``, if it lives; what it simulates stays on disk."""
    folder = WorldFolder.of(home)
    found = holder(folder.lock)
    if found is None:
        return
    record = folder.load()
    async with _client(record) as client:
        try:
            await client.delete(PREFIX)
        except httpx2.TransportError as error:
            raise _silent(record, error) from error
    async with asyncio.timeout(START):
        while found.identity.alive:  # noqa: ASYNC110  another process tells us nothing
            await asyncio.sleep(LOOK)


def _world(record: Record, standing: Standing) -> World:
    """Return the world that stands so, as a run is told of it."""
    least, most = POLL_BOUNDS
    resolver = f"{LOOPBACK}:{standing.dns_port}"
    return World(
        name="rehearsal",
        hetzner=f"http://127.0.0.1:{record.api_port}/v1",
        ssh_port=standing.ssh_port,
        speed=standing.speed,
        origin=standing.origin,
        offset=standing.offset,
        poll_interval=min(most, max(least, POLLS / standing.speed)),
        dynadot=f"http://{LOOPBACK}:{record.api_port}{REGISTRAR}",
        resolvers=(resolver, resolver),
        dns_port=standing.dns_port,
        http_port=standing.http_port,
        https_port=standing.https_port,
        repositories=((repository.HOST, f"http://{LOOPBACK}:{record.api_port}{GIT}"),),
        kit=(repository.URL, standing.commit, repository.FOLDER) if standing.commit else None,
        downloads=False,
        authorities=standing.authorities,
    )


async def _awake(home: Home, folder: WorldFolder, say: Say) -> Record:
    """Return the record of a live world, which is started if there is none."""
    started = False
    try:
        async with asyncio.timeout(START):
            while (record := await _alive(folder)) is None:
                if not started and holder(folder.lock) is None:
                    say("Starting the rehearsed world.")
                    await _start(home, folder)
                    started = True
                await asyncio.sleep(LOOK)
    except TimeoutError as error:
        facts = {"seconds": f"{START:g}", "reason": "it did not answer", "log": str(folder.log)}
        raise RehearsalError("world_not_started", **facts) from error
    return record


async def _alive(folder: WorldFolder) -> Record | None:
    found = holder(folder.lock)
    record = folder.load()
    mine = found is not None and record.process == found.identity
    if not mine:
        return None
    async with _client(record) as client:
        try:
            answer = await client.get(PREFIX)
        except httpx2.TransportError:
            return None
    return record if answer.is_success else None


async def _start(home: Home, folder: WorldFolder) -> None:
    """Start the process, detached, with its output in a file; it lasts as long as a run does."""
    command = [sys.executable, "-m", "provisioner.rehearsal", str(home.path.absolute())]
    command = await Logind().lasting(command)
    log = os.open(folder.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["CATALYST_CACHE"] = str(cache_directory())
    environment["PYTHONPATH"] = str(Path(provisioner.__path__[0]).parent)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
    finally:
        os.close(log)
    # What was started here is only the world's parent, which ends at once.
    await process.wait()


async def _ordered(record: Record, order: Order) -> Standing:
    async with _client(record) as client:
        try:
            answer = await client.post(PREFIX, content=msgspec.json.encode(order))
        except httpx2.TransportError as error:
            raise _silent(record, error) from error
    if answer.status_code == CONFLICT:
        refusal = msgspec.json.decode(answer.content, type=Refusal)
        raise RehearsalError(refusal.code, **refusal.facts)
    if not answer.is_success:
        raise _silent(record, answer.status_code)
    return msgspec.json.decode(answer.content, type=Standing)


def _client(record: Record) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{record.api_port}",
        headers={HEADER: record.control},
        timeout=10,
        trust_env=False,
    )


def _silent(record: Record, reason: object) -> RehearsalError:
    pid = record.process.pid if record.process else "?"
    return RehearsalError("world_unreachable", pid=pid, reason=reason)
