"""A rehearsed world for tests: opened in a home of its own, and gone with it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import httpx2

from provisioner.credentials import rehearsal_token
from provisioner.home import Home
from provisioner.process import Identity
from provisioner.rehearsal import close_world, open_world
from provisioner.rehearsal.record import WorldFolder
from provisioner.world import World

SPEED = 60.0
SOVEREIGN = "oman.example.org"
ROTATE = "/usr/local/lib/catalyst/rotate-host-key"
ENVIRONMENT = """\
ROLE='control-plane'
NODE_NAME='cp1'
STAGES='network download k3s cilium flux ready'
"""


@dataclass(frozen=True)
class Rented:
    """One rented machine, and the keys that go with it."""

    id: int
    address: str
    operator: asyncssh.SSHKey
    host_key: asyncssh.SSHKey


class Rehearsal:
    """A world with what a test does to it."""

    def __init__(self, home: Home, world: World, token: str) -> None:
        self.home = home
        self.world = world
        self.cloud = httpx2.AsyncClient(
            base_url=f"{world.hetzner}/",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )

    @property
    def process(self) -> Identity:
        """Who the world is now."""
        found = WorldFolder.of(self.home).load().process
        assert found is not None
        return found

    async def rent(self) -> Rented:
        """Rent a control plane with a first-contact host key and the operator's key."""
        operator, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        public = operator.export_public_key().decode()
        await self._post("ssh_keys", {"name": "operator", "public_key": public})
        files = [
            {"path": "/etc/catalyst/node.env", "content": ENVIRONMENT, "permissions": "0600"},
            {"path": ROTATE, "content": "#!/bin/sh\n", "permissions": "0755"},
        ]
        told = {"ssh_keys": {"ed25519_private": host.export_private_key().decode()}}
        answer = await self._post(
            "servers",
            {
                "name": "cp1",
                "server_type": "cx53",
                "image": "ubuntu-24.04",
                "location": "hel1",
                "ssh_keys": ["operator"],
                "labels": {"catalyst.openova.io/sovereign": SOVEREIGN},
                "user_data": "#cloud-config\n" + json.dumps(told | {"write_files": files}),
            },
        )
        server = answer["server"]
        return Rented(server["id"], server["public_net"]["ipv4"]["ip"], operator, host)

    async def connect(
        self, machine: Rented, host_key: str | None = None
    ) -> asyncssh.SSHClientConnection:
        """Connect as the operator; only the expected host key is accepted."""
        expected = host_key or machine.host_key.export_public_key().decode()
        known = f"[{machine.address}]:{self.world.ssh_port} {expected}"
        return await asyncssh.connect(
            machine.address,
            self.world.ssh_port,
            username="root",
            client_keys=[machine.operator],
            known_hosts=asyncssh.import_known_hosts(known),
            config=None,
            agent_path=None,
        )

    async def booted(self, machine: Rented) -> asyncssh.SSHClientConnection:
        """Return a connection once the machine's first boot is done."""
        connection = await self.answering(machine)
        async with connection.start_sftp_client() as sftp:
            await until(lambda: _done(sftp))
        return connection

    async def answering(self, machine: Rented) -> asyncssh.SSHClientConnection:
        """Return a connection as soon as the machine answers."""

        async def tried() -> asyncssh.SSHClientConnection | None:
            try:
                return await self.connect(machine)
            except OSError:
                return None

        found: asyncssh.SSHClientConnection = await until(tried)
        return found

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        answer = await self.cloud.post(path, json=body)
        answer.raise_for_status()
        return answer.json()


async def _done(sftp: asyncssh.SFTPClient) -> bool:
    try:
        async with sftp.open("/var/lib/catalyst/stage.json", "rb") as file:
            stage = json.loads(await file.read())
    except asyncssh.SFTPNoSuchFile:
        return False
    assert stage["state"] != "failed", stage
    return bool(stage["state"] == "done")


async def until(question: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Return the first true answer to a question; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = await question()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def rehearsing(
    folder: Path, tools: Mapping[str, Path], *, scenario: str | None = None
) -> AsyncIterator[Rehearsal]:
    """Open a world in ``folder``, and end it with the block."""
    home = Home(folder).create()
    world = await open_world(home, speed=SPEED, scenario=scenario, tools=tools)
    token = await rehearsal_token(home.rehearsal, {})
    rehearsal = Rehearsal(home, world, token.get_secret_value())
    try:
        yield rehearsal
    finally:
        await rehearsal.cloud.aclose()
        if folder.is_dir():
            await close_world(home)
            assert "Traceback" not in WorldFolder.of(home).log.read_text()
