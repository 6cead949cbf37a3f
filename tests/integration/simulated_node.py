"""A node of the rehearsed world, for the tests that a real OpenSSH server passes as well."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from provisioner.rehearsal.node.disk import Disk
from provisioner.rehearsal.node.forwarding import Forwarding
from provisioner.rehearsal.node.shell import HOST_KEY, ROTATE
from provisioner.rehearsal.node.sshd import USER, Sshd
from tests.integration.real_node import RealNode

LOGGER = logging.getLogger("asyncssh")


class Straight(Forwarding):
    """Leads where it is told, as a real machine's own loopback does."""

    def __init__(self) -> None:
        """Need no cluster."""

    def find(self, host: str, port: int) -> tuple[str, int]:
        """Return the address as it is."""
        return host, port


class SimulatedNode(RealNode):
    """The same disk, keys and stages, behind the SSH server of the rehearsal."""

    def __init__(self, folder: Path) -> None:
        self._server: Sshd | None = None
        self._log: logging.FileHandler | None = None
        (folder / HOST_KEY.lstrip("/")).parent.mkdir(parents=True)
        super().__init__(folder)
        disk = Disk(folder)
        disk.write(ROTATE, b"#!/bin/sh\n", 0o755)
        self.layout = replace(
            self.layout, user=USER, stage="/stage.json", rotate=ROTATE, kubeconfig="/k3s.yaml"
        )

    @property
    def host_key(self) -> Path:
        """The host key that is in use from its next start."""
        return self.folder / HOST_KEY.lstrip("/")

    def break_rotation(self) -> None:
        """Let the machine lack the script that makes a host key."""
        (self.folder / ROTATE.lstrip("/")).unlink()

    def accepted(self) -> bool:
        """Return whether anybody ever logged in."""
        return "Auth for user root succeeded" in (self.folder / "log").read_text()

    async def start(self) -> None:
        """Listen."""
        keys = tuple((self.folder / "authorized_keys").read_text().splitlines())
        self._server = Sshd(self.name, Disk(self.folder), keys, Straight())
        self._log = logging.FileHandler(self.folder / "log")
        LOGGER.addHandler(self._log)
        LOGGER.setLevel(logging.INFO)
        await self._server.start("127.0.0.1", self.port)

    async def stop(self) -> None:
        """End the server and every connection, as a node that dies does."""
        if self._server is not None:
            await self._server.stop()
            self._server = None
        if self._log is not None:
            LOGGER.removeHandler(self._log)
            self._log.close()
            self._log = None
            LOGGER.setLevel(logging.NOTSET)

    def cut(self) -> int:
        """End the connections alone, and return how many there were."""
        assert self._server
        return self._server.drop()
