"""How a run is asked to end, and where that must wait.

Most phases are simply cancelled. While OpenTofu works, a cancelled task would orphan what is in
flight, so those stretches say what to do instead (``deferred``) and end by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from provisioner.errors import Cancelled


class Cancellation:
    """The operator's wish to end a run, in two steps: asked, then forced."""

    def __init__(self) -> None:
        self.requested = False
        self.forced = False
        self._task: asyncio.Task[Any] | None = None
        self._instead: Callable[[], None] | None = None

    def watch(self, task: asyncio.Task[Any], *, by_force: bool = False) -> None:
        """Name the task that a request cancels, also one that came before.

        ``by_force`` spares it from the first step: it makes good what that one interrupted.
        """
        self._task = task
        if self.forced if by_force else self.requested:
            task.cancel()

    def request(self) -> None:
        """Ask once; a second request adds nothing."""
        if self.requested:
            return
        self.requested = True
        self._act()

    def force(self) -> None:
        """Ask again, harder: what is in flight is abandoned."""
        self.requested = self.forced = True
        self._act()

    def _act(self) -> None:
        if self._instead is not None:
            self._instead()
        elif self._task is not None:
            self._task.cancel()

    @contextlib.contextmanager
    def deferred(self, instead: Callable[[], None]) -> Iterator[None]:
        """Call ``instead`` on each request within the block; raise Cancelled at its end.

        Raises Cancelled at once, before the block, if the end was already asked for.
        """
        self.check()
        self._instead = instead
        try:
            yield
        finally:
            self._instead = None
        self.check()

    def check(self) -> None:
        """Raise Cancelled if the end was asked for."""
        if self.requested:
            raise Cancelled("cancelled")
