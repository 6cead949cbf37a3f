"""A node for the access tests: a real OpenSSH server on a loopback port, with files of its own."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import shutil
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh

from provisioner.cluster.operator_key import OperatorKey
from provisioner.cluster.pins import public_key
from provisioner.cluster.ssh import Node, NodeLayout
from tests.integration.module import SOURCE

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
Subsystem sftp internal-sftp
LogLevel INFO
"""

ROTATE = f"""#!/bin/sh
export KEY={{folder}}/host_key PATH={{folder}}/bin:$PATH
exec bash {SOURCE}/first-boot/files/rotate-host-key.sh
"""
"""The module's own script, on a key of this node."""

SYSTEMCTL = """#!/bin/sh
[ "$*" = "try-reload-or-restart ssh.service" ] && kill -HUP "$(cat {folder}/pid)"
"""


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RealNode:
    """One sshd, its host key, the operator's key, and what stands on its disk."""

    def __init__(self, folder: Path, name: str = "cp-1", api_port: int = 6443) -> None:
        self.folder = folder
        self.name = name
        self.port = free_port()
        self.layout = NodeLayout(
            user=getpass.getuser(),
            stage=str(folder / "stage.json"),
            rotate=str(folder / "rotate"),
            kubeconfig=str(folder / "k3s.yaml"),
            api_port=api_port,
        )
        operator = asyncssh.generate_private_key("ssh-ed25519")
        self.private_key = operator.export_private_key().decode()
        self.key = OperatorKey("generated", key=operator)
        (folder / "authorized_keys").write_bytes(operator.export_public_key())
        (folder / "sshd_config").write_text(CONFIG.format(port=self.port, folder=folder))
        (folder / "bin").mkdir()
        for path, text in ((folder / "rotate", ROTATE), (folder / "bin" / "systemctl", SYSTEMCTL)):
            path.write_text(text.format(folder=folder))
            path.chmod(0o755)
        self.new_host_key()
        self.adopt_first_contact()
        self._sshd: asyncio.subprocess.Process | None = None

    @property
    def node(self) -> Node:
        """The node as the module's outputs describe it: with its first-contact key."""
        return Node(self.name, "4711", "127.0.0.1", self.port, self.first_contact)

    @property
    def host_key(self) -> Path:
        """The host key that is in use from its next start."""
        return self.folder / "host_key"

    def break_rotation(self) -> None:
        """Let the script fail that makes a host key."""
        (self.folder / "rotate").write_text("#!/bin/sh\nexit 3\n")

    def accepted(self) -> bool:
        """Return whether anybody ever logged in."""
        return "Accepted" in (self.folder / "log").read_text()

    def new_host_key(self, kind: str = "ssh-ed25519") -> None:
        """Give the node another host key, in use from its next start."""
        key = asyncssh.generate_private_key(kind)
        self.host_key.write_bytes(key.export_private_key())
        self.host_key.chmod(0o600)

    def adopt_first_contact(self) -> None:
        """Let the key in use be the one that the module's outputs name."""
        key = asyncssh.read_private_key(self.host_key)
        self.first_contact = public_key(key.export_public_key().decode())

    def stage(self, stage: str, index: int, state: str = "running", **more: Any) -> None:
        """Write the stage file, of three stages."""
        content = {"stage": stage, "index": index, "of": 3, "state": state, **more}
        draft = self.folder / "stage.new"
        draft.write_text(json.dumps(content))
        draft.replace(self.folder / "stage.json")

    async def start(self) -> None:
        """Start sshd and return when it listens."""
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert sshd, "openssh-server is not installed"
        Path("/run/sshd").mkdir(exist_ok=True)
        self._sshd = await asyncio.create_subprocess_exec(
            sshd, "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.folder / "log")
        )
        (self.folder / "pid").write_text(str(self._sshd.pid))
        async with asyncio.timeout(90):
            await self._listening()

    async def stop(self) -> None:
        """Kill sshd and every connection that it serves, as a node that dies does."""
        if self._sshd is None:
            return
        connections = self._children(self._sshd.pid)
        self._kill([self._sshd.pid, *connections])
        await self._sshd.wait()
        self._sshd = None

    def cut(self) -> int:
        """Kill the connections alone, and return how many there were."""
        assert self._sshd
        connections = self._children(self._sshd.pid)
        self._kill(connections)
        return len(connections)

    def _kill(self, pids: list[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _children(self, pid: int) -> list[int]:
        try:
            found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except FileNotFoundError:
            return []
        children = [int(child) for child in found]
        return children + [below for child in children for below in self._children(child)]

    async def _listening(self) -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
