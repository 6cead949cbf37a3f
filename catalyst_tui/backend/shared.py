"""One way into a cluster for several askers: opened once, closed a while after the last has gone.

The connection must be opened and closed by one task, so a task holds it for all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, TypeVar

from provisioner.errors import CatalystError

T = TypeVar("T")

LINGER = 20.0
"""Real seconds for which something stays open that nobody uses."""


class Shared(Generic[T]):
    """Opens something when it is first asked for, and gives it to all who ask."""

    def __init__(
        self, opens: Callable[[], AbstractAsyncContextManager[T]], linger: float = LINGER
    ) -> None:
        self._opens = opens
        self._linger = linger
        self._guests = 0
        self._moved = asyncio.Event()
        self._ready: asyncio.Future[T] | None = None
        self._holder: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[T]:
        """Yield it for as long as the block lasts; raises what opening it raises."""
        if self._ready is None:
            self._ready = asyncio.get_running_loop().create_future()
            self._holder = asyncio.create_task(self._hold(self._ready))
        ready = self._ready
        self._guests += 1
        self._moved.set()
        try:
            # Shielded, so that a guest who leaves takes nothing from the others.
            yield await asyncio.shield(ready)
        finally:
            self._guests -= 1
            self._moved.set()

    async def _hold(self, ready: asyncio.Future[T]) -> None:
        try:
            async with self._opens() as opened:
                ready.set_result(opened)
                await self._deserted()
                self._ready = None
        except CatalystError as error:
            # One that did not close in order is no news: whoever comes next opens another.
            if not ready.done():
                ready.set_exception(error)
                # Whoever asked may have gone: an error that nobody reads is no news either.
                ready.exception()
        finally:
            ready.cancel()
            if self._ready is ready:
                self._ready = None

    async def _deserted(self) -> None:
        """Return once nobody has used it for the time it lingers."""
        while True:
            self._moved.clear()
            try:
                async with asyncio.timeout(None if self._guests else self._linger):
                    await self._moved.wait()
            except TimeoutError:
                return
