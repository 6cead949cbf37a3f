"""Keeps a cloud going without questions: settles it, tells the world, saves it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.errors import RehearsalError
from provisioner.rehearsal.hetzner.hooks import Hooks, NoHooks

if TYPE_CHECKING:
    from provisioner.rehearsal.hetzner.cloud import Cloud

_ENCODER = msgspec.json.Encoder()
_LOG = logging.getLogger(__name__)


class Engine:
    """The background work of one cloud. ``run`` is its task; ``saved`` waits for the disk.

    Saves are shared: whoever waits while one is written gets the next one, with all that changed
    in the meantime. A look at an action that changes nothing writes nothing.
    """

    def __init__(self, cloud: Cloud, hooks: Hooks | None = None) -> None:
        self.cloud = cloud
        self.hooks: Hooks = hooks or NoHooks()
        self._news = asyncio.Event()
        self._saving = asyncio.Lock()
        self._on_disk = -1

    def wake(self) -> None:
        """Let the background look again: something changed that it may have to wait for."""
        self._news.set()

    async def run(self) -> None:
        """Settle what is due, when it is due, until cancelled."""
        while True:
            self._news.clear()
            self.cloud.settle()
            try:
                await self.saved()
            except RehearsalError:
                # Whoever changes something is refused until the disk is well again.
                _LOG.exception("the cloud is not saved")
            await self._tell()
            await self._until_due()

    async def saved(self) -> None:
        """Return once everything that has changed until now is on disk; raises RehearsalError."""
        wanted = self.cloud.changes
        async with self._saving:
            if self.cloud.store is None or self._on_disk >= wanted:
                return
            reached = self.cloud.changes
            snapshot = _ENCODER.encode(self.cloud.state)
            await asyncio.to_thread(self.cloud.store.save, snapshot)
            self._on_disk = reached

    async def _until_due(self) -> None:
        due = self.cloud.next_due()
        if self.cloud.outbox:
            return
        waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._news.wait())}
        if due is not None:
            pause = self.cloud.clock.sleep(max(0.0, due - self.cloud.now()))
            waits.add(asyncio.ensure_future(pause))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _tell(self) -> None:
        while self.cloud.outbox:
            what, machine = self.cloud.outbox.pop(0)
            try:
                await getattr(self.hooks, what)(machine)
            except Exception:  # noqa: BLE001  # one machine's trouble must not stop the cloud
                _LOG.exception("%s of %s", what, machine.name)
