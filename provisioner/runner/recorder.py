"""The runner's way to the journal: nothing waits for the disk, and order is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from provisioner.errors import JournalError
from provisioner.events import Event, Recorded
from provisioner.folding import fold
from provisioner.journal import Journal
from provisioner.view import FOLD, View

CHECKPOINT_EVERY = 5_000
"""Events between two checkpoints: a late viewer reads at most this many."""


class Recorder:
    """Takes events at once, appends them in batches from a thread, and folds them."""

    def __init__(
        self,
        journal: Journal,
        view: View,
        redact: Callable[[Event], Event],
        relieve: Callable[[], bool] = lambda: False,
    ) -> None:
        self._relieve = relieve
        self._journal = journal
        self._redact = redact
        self._waiting: list[Event] = []
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._checkpointed = view.seq
        self.view = view
        """The fold of everything that is on disk."""
        self.failure: BaseException | None = None
        """Why the journal can no longer be written, if it cannot."""

    def emit(self, event: Event) -> None:
        """Append an event soon; returns at once."""
        self._waiting.append(self._redact(event))
        self._idle.clear()
        self._more.set()

    async def run(self) -> None:
        """Append what is emitted until cancelled."""
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                batch, self._waiting = self._waiting, []
                self._took_in(await asyncio.to_thread(self._append, batch))
                if self.view.seq - self._checkpointed >= CHECKPOINT_EVERY:
                    await self._checkpoint()
                if not self._waiting:
                    self._idle.set()
        except Exception as error:
            self.failure = error
            self._idle.set()
            raise

    async def flush(self) -> None:
        """Return once everything emitted so far is on disk; raises what kept it from there."""
        await self._idle.wait()
        if self.failure is not None:
            raise self.failure

    def _append(self, batch: list[Event]) -> list[Recorded]:
        """Append to the journal; a full disk is relieved once by what is kept in reserve."""
        try:
            return self._journal.append(batch)
        except JournalError as error:
            if error.code != "disk_full" or not self._relieve():
                raise
        return self._journal.append(batch)

    def _took_in(self, recorded: list[Recorded]) -> None:
        fold(self.view, recorded)

    async def _checkpoint(self) -> None:
        body = msgspec.json.encode(self.view)
        await asyncio.to_thread(self._journal.checkpoint, self.view.seq, FOLD, body)
        self._checkpointed = self.view.seq
