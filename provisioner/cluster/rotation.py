"""From the first-contact host key to one that was made on the node, and never left it.

The first-contact key came with the user data, which other programs on the node can read, so it is
used once. The node's script prints the public half of a new key, waits for the line ``pinned`` on
its standard input, and only then uses the key: the pin is on our disk before the node switches, so
that a run may die at any point and come back. A node that switches at once works as well.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import asyncssh

from provisioner.clock import Clock
from provisioner.cluster.operator_key import OperatorKey
from provisioner.cluster.patience import Emit, Patience, pause, waiting
from provisioner.cluster.pins import Pin, Pins, Standing, host_pattern, public_key
from provisioner.cluster.ssh import HostKeyRefused, Node, NodeLayout, Unreachable, connect
from provisioner.errors import AccessError
from provisioner.events import HostKeyPinned


def known(node: Node, pins: Pins) -> Node:
    """Return ``node`` with its pinned key, where it was rotated before."""
    pin = pins.find(node.address, node.port, node.server)
    rotated = pin is not None and pin.standing is Standing.PINNED
    return node.proving(pin.key) if pin and rotated else node


@dataclass
class Rotation:
    """Replaces the first-contact host key of one node."""

    node: Node
    """With its first-contact key."""
    key: OperatorKey
    pins: Pins
    clock: Clock
    emit: Emit
    layout: NodeLayout = field(default_factory=NodeLayout)
    patience: Patience = field(default_factory=Patience)

    async def rotate(self) -> Node:
        """Return the node with a key of its own, pinned; does nothing that was done before."""
        pin = self.pins.find(self.node.address, self.node.port, self.node.server)
        if pin and pin.standing is Standing.PINNED:
            return self.node.proving(pin.key)
        what = f"{self.node.name} to use a host key of its own"
        usual, bound = self.patience.rotation_usual, self.patience.rotation
        key = f"rotate:{self.node.name}"
        try:
            async with waiting(self.emit, self.clock, key, what, usual, bound):
                return await self._until_rotated()
        except TimeoutError as error:
            raise self._failed("the node did not answer with its new key in time") from error

    async def _until_rotated(self) -> Node:
        while True:
            try:
                return await self._resumed() or await self._renewed()
            except (Unreachable, asyncssh.Error, OSError):
                await pause(self.clock, self.patience.poll)

    async def _resumed(self) -> Node | None:
        """Finish what was begun before, if the node has switched; None if it has not."""
        pin = self.pins.find(self.node.address, self.node.port, self.node.server)
        if pin is None:
            return None
        try:
            return await self._proved(self.node.proving(pin.key))
        except HostKeyRefused:
            return None

    async def _renewed(self) -> Node:
        async with await connect(self.node, self.key, user=self.layout.user) as connection:
            new = await self._switched(connection)
        while True:
            try:
                return await self._proved(self.node.proving(new))
            except (HostKeyRefused, Unreachable):
                # Just after the switch nobody may answer, or the old sshd once more.
                await pause(self.clock, self.patience.poll)

    async def _switched(self, connection: asyncssh.SSHClientConnection) -> str:
        async with connection.create_process(self.layout.rotate) as process:
            new = await self._announced(process)
            self._pin(new, Standing.PENDING)
            with suppress(OSError):  # a script that asks nothing may have ended already
                process.stdin.write("pinned\n")
                process.stdin.write_eof()
            done = await process.wait()
        if done.exit_status not in (0, None):
            raise self._failed(f"its script ended with {done.exit_status}")
        return new

    async def _announced(self, process: asyncssh.SSHClientProcess[str]) -> str:
        async for line in process.stdout:
            if line.startswith("ssh-"):
                new = public_key(line)
                if new == self.node.host_key:
                    raise self._failed("the node showed its first key again")
                return new
        raise self._failed("its script printed no key")

    async def _proved(self, node: Node) -> Node:
        """Connect with the new key, and let it be the only one from then on."""
        async with await connect(node, self.key, user=self.layout.user):
            self._pin(node.host_key, Standing.PINNED)
        self.emit(HostKeyPinned(node=node.name, fingerprint=node.fingerprint))
        return node

    def _pin(self, key: str, standing: Standing) -> None:
        host = host_pattern(self.node.address, self.node.port)
        self.pins.save(Pin(host, key, self.node.server, standing))

    def _failed(self, reason: str) -> AccessError:
        return AccessError("host_key_rotation_failed", node=self.node.name, reason=reason)
