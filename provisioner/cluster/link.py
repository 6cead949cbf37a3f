"""The link: one SSH connection to one control plane, kept up, with the Kubernetes API behind it.

The API appears as a unix socket in a private directory: no port that could be taken, nothing that
another user of the host could reach. The socket stands over reconnects, so that a client only has
to try again. With three control planes a lost or doubted one is left for the next.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from provisioner.clock import Clock
from provisioner.cluster.entrance import entrance
from provisioner.cluster.operator_key import OperatorKey
from provisioner.cluster.patience import Emit, Patience, backoff, pause, waiting
from provisioner.cluster.ssh import Node, NodeLayout, Unreachable, connect
from provisioner.errors import AccessError, CatalystError, ClusterError
from provisioner.events import Remarked


@dataclass
class Link:
    """Keeps the way to the API open until it is closed; use it as an async context manager."""

    nodes: Sequence[Node]
    """The control planes, pinned; any of them will do."""
    key: OperatorKey
    clock: Clock
    emit: Emit
    layout: NodeLayout = field(default_factory=NodeLayout)
    patience: Patience = field(default_factory=Patience)
    _at: int = 0
    _connection: asyncssh.SSHClientConnection | None = None
    _since: float = 0.0
    _fatal: CatalystError | None = None
    _settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the link stands, and for ever when it failed for good."""
    _doubted: asyncio.Event = field(default_factory=asyncio.Event)
    _held_open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _folder: Path | None = None

    async def __aenter__(self) -> Link:
        async with AsyncExitStack() as stack:
            directory = tempfile.TemporaryDirectory(prefix="catalyst-")
            self._folder = Path(stack.enter_context(directory))
            api = self.layout.api_host, self.layout.api_port
            way = entrance(self.socket, *api, lambda: self._connection)
            await stack.enter_async_context(way)
            keeper = asyncio.create_task(self._keep(), name="link")
            stack.push_async_callback(_ended, keeper)
            self._held_open = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._held_open.aclose()

    @property
    def folder(self) -> Path:
        """A directory that only this user can enter, gone with the link."""
        if self._folder is None:
            raise RuntimeError("the link is not open")
        return self._folder

    @property
    def socket(self) -> Path:
        """Where the Kubernetes API answers, while the link stands."""
        return self.folder / "api"

    @property
    def node(self) -> Node:
        """The control plane in use."""
        return self.nodes[self._at]

    async def up(self) -> asyncssh.SSHClientConnection:
        """Return the connection as soon as it stands.

        Raises ClusterError when it does not come back in time, and AccessError when it must not:
        a control plane showed another host key.
        """
        try:
            async with self.patience.reconnect.of(self.clock):
                await self._settled.wait()
        except TimeoutError as error:
            raise ClusterError("cluster_unreachable", node=self.node.name) from error
        if self._fatal:
            raise self._fatal
        if self._connection is None:
            raise ClusterError("cluster_unreachable", node=self.node.name)
        return self._connection

    def doubt(self) -> None:
        """Say that the API does not answer here; another control plane is tried, if any."""
        young = self.clock.monotonic() - self._since < self.patience.doubt
        if len(self.nodes) > 1 and self._connection and not young:
            self._doubted.set()

    async def _keep(self) -> None:
        try:
            while True:
                connection = await self._opened()
                await self._held(connection)
        except AccessError as error:
            self._fatal = error
            self._settled.set()

    async def _opened(self) -> asyncssh.SSHClientConnection:
        what = "an SSH connection to " + " or ".join(node.name for node in self.nodes)
        async with waiting(self.emit, self.clock, "link", what, 1.0):
            attempt = 0
            while True:
                try:
                    return await connect(self.node, self.key, user=self.layout.user)
                except (Unreachable, asyncssh.Error, OSError):
                    attempt += 1
                    self._at = (self._at + 1) % len(self.nodes)
                    await pause(self.clock, backoff(self.patience, attempt))

    async def _held(self, connection: asyncssh.SSHClientConnection) -> None:
        """Let others use ``connection`` until it is lost or doubted."""
        self._doubted.clear()
        self._since = self.clock.monotonic()
        self._connection = connection
        self._settled.set()
        lost = asyncio.create_task(connection.wait_closed())
        doubted = asyncio.create_task(self._doubted.wait())
        try:
            await asyncio.wait({lost, doubted}, return_when=asyncio.FIRST_COMPLETED)
            self._remark(doubted.done())
        finally:
            self._settled.clear()
            self._connection = None
            doubted.cancel()
            connection.abort()
            await asyncio.gather(lost, doubted, return_exceptions=True)

    def _remark(self, doubted: bool) -> None:
        said = f"The SSH connection to {self.node.name} was lost."
        if doubted:
            said = f"The API does not answer on {self.node.name}; trying another control plane."
            self._at = (self._at + 1) % len(self.nodes)
        self.emit(Remarked(source="access", text=said, level="warning"))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
