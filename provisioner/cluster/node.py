"""A node's first boot, followed from the outside: refused, then SSH, then stage n of m.

Cloud-init writes a stage file on the node. It is read by SFTP until its last stage is done; what
changes in it becomes an event, and a stage that failed ends the run with the node's own last lines.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh
import msgspec

from provisioner.clock import Clock
from provisioner.cluster.operator_key import OperatorKey
from provisioner.cluster.patience import Emit, Patience, pause, waiting
from provisioner.cluster.ssh import (
    HostKeyRefused,
    Node,
    NodeLayout,
    OperatorKeyRefused,
    Unreachable,
    connect,
)
from provisioner.errors import AccessError
from provisioner.events import NodeStageChanged

LAST_LINES = 8


class NodeStage(msgspec.Struct, frozen=True):
    """The stage file: which step of its first boot a node is at."""

    stage: str
    index: int
    """From 1."""
    of: int
    state: str
    """``running``, ``done`` or ``failed``; the boot is over when the last stage is done."""
    since: str | float | None = None
    lines: tuple[str, ...] = ()
    """The last lines that the stage printed."""

    @property
    def last(self) -> bool:
        """Whether the whole first boot is done."""
        return self.state == "done" and self.index >= self.of


@dataclass
class Follower:
    """Follows one node until its first boot is done."""

    node: Node
    key: OperatorKey
    clock: Clock
    emit: Emit
    layout: NodeLayout = field(default_factory=NodeLayout)
    patience: Patience = field(default_factory=Patience)
    first_contact: bool = True
    """Whether the pinned key is the one from the user data: only then may a boot explain another.
    """
    _answered: float | None = None
    _reason: str = "refused"
    _seen: NodeStageChanged | None = None

    async def follow(self) -> None:
        """Return when the last stage is done; raises AccessError when it failed or is too late."""
        what = f"the first boot of {self.node.name}"
        usual, bound = self.patience.first_boot_usual, self.patience.first_boot
        key = f"boot:{self.node.name}"
        try:
            async with waiting(self.emit, self.clock, key, what, usual, bound):
                await self._until_done()
        except TimeoutError as error:
            raise self._late() from error

    async def _until_done(self) -> None:
        while not await self._followed_a_connection():
            await pause(self.clock, self.patience.poll)

    async def _followed_a_connection(self) -> bool:
        """Return whether the boot is done; False when the node cannot be spoken to for now."""
        try:
            async with self._sftp() as sftp:
                while not await self._looked(sftp):
                    await pause(self.clock, self.patience.poll)
        except Unreachable as reason:
            self._reason = str(reason)
            return False
        except (HostKeyRefused, OperatorKeyRefused) as refused:
            self._reason = refused.code.replace("_", " ")
            if not self._forgiven():
                raise
            return False
        except (asyncssh.Error, OSError):
            self._reason = "closed the connection"
            return False
        return True

    @asynccontextmanager
    async def _sftp(self) -> AsyncIterator[asyncssh.SFTPClient]:
        async with await connect(self.node, self.key, user=self.layout.user) as connection:
            self._reason = "has no stage file yet"
            async with connection.start_sftp_client() as sftp:
                yield sftp

    def _forgiven(self) -> bool:
        """Whether a refusal may still be the boot itself: keys are put in place during it."""
        now = self.clock.monotonic()
        if self._answered is None:
            self._answered = now
        return self.first_contact and now - self._answered < self.patience.grace

    async def _looked(self, sftp: asyncssh.SFTPClient) -> bool:
        stage = await read_stage(sftp, self.layout.stage)
        if stage is None:
            return False
        event = NodeStageChanged(
            node=self.node.name,
            stage=stage.stage,
            index=stage.index,
            of=stage.of,
            failed=stage.state == "failed",
            lines=stage.lines[-LAST_LINES:],
        )
        if event != self._seen:
            self._seen = event
            self.emit(event)
        if event.failed:
            lines = "\n".join(event.lines) or "(the stage printed nothing)"
            raise AccessError(
                "node_stage_failed",
                node=self.node.name,
                address=self.node.address,
                stage=stage.stage,
                lines=lines,
            )
        return stage.last

    def _late(self) -> AccessError:
        facts = {"node": self.node.name, "address": self.node.address}
        if self._seen is None:
            return AccessError("node_silent", reason=self._reason, **facts)
        return AccessError("node_boot_late", stage=self._seen.stage, **facts)


async def read_stage(sftp: asyncssh.SFTPClient, path: str) -> NodeStage | None:
    """Return what the stage file says; None while it is absent or half written."""
    try:
        async with sftp.open(path, "rb") as stream:
            return msgspec.json.decode(await stream.read(), type=NodeStage)
    except (asyncssh.SFTPNoSuchFile, msgspec.DecodeError):
        return None
