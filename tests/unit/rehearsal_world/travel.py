"""Time that passes only when nobody has anything left to do: hours of a world in a second.

Only for what needs no socket and no other process: those take time of their own. What is given to a
thread is done at once, where it stands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
BEGIN = time.time()
"""When every journey begins, in seconds since the Unix epoch."""


class TravellingLoop(asyncio.SelectorEventLoop):
    """An event loop that jumps to the next timer instead of waiting for it."""

    moment = 0.0

    def time(self) -> float:
        """Return the journey's seconds."""
        return self.moment

    def _run_once(self) -> None:
        # The base class keeps what is due now in _ready, and timers, earliest first, in _scheduled.
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]  # private
            due: float = self._scheduled[0].when()  # type: ignore[attr-defined]  # private
            self.moment = max(self.moment, due)
        super()._run_once()  # type: ignore[misc]  # private


def travel(journey: Coroutine[Any, Any, T], monkeypatch: pytest.MonkeyPatch) -> T:
    """Run a coroutine to its end, with every clock of the world on the journey's time."""
    with asyncio.Runner(loop_factory=TravellingLoop) as runner:
        loop = runner.get_loop()
        clock = SimpleNamespace(monotonic=loop.time, time=lambda: BEGIN + loop.time())
        for module in ("provisioner.clock", "provisioner.rehearsal.clock"):
            monkeypatch.setattr(f"{module}.time", clock)
        monkeypatch.setattr(asyncio, "to_thread", _at_once)
        return runner.run(journey)


async def _at_once(work: Callable[..., T], *given: Any, **named: Any) -> T:
    return work(*given, **named)
