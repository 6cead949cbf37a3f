"""How the client waits before it asks again: longer each time, never in step, and visibly."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from provisioner.clock import Clock
from provisioner.events import Event, WaitFinished, WaitStarted
from provisioner.hetzner.refusals import Refusal

FIRST = 1.0
"""Seconds before the second attempt; each later pause is twice as long."""
LONGEST = 60.0
"""Seconds of the longest pause. A project regains one request a second, so a reset that is
further away need not be waited for."""
WAIT_KEY = "hetzner"


class Patience:
    """Pauses between attempts, by the world's clock."""

    def __init__(self, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._clock = clock
        self._emit = emit

    async def wait(self, attempt: int, refused: Refusal) -> None:
        """Pause after the given attempt (from 1) failed, and say what for."""
        seconds = self._seconds(attempt, refused)
        started = self._clock.now()
        limited = refused.error.code == "hetzner_rate_limit_exceeded"
        self._emit(
            WaitStarted(
                key=WAIT_KEY,
                what="Hetzner's rate limit" if limited else "Hetzner's API",
                until=started + timedelta(seconds=seconds),
            )
        )
        await self._clock.sleep(seconds)
        passed = (self._clock.now() - started).total_seconds()
        self._emit(WaitFinished(key=WAIT_KEY, seconds=round(passed, 1)))

    def _seconds(self, attempt: int, refused: Refusal) -> float:
        pause = FIRST * 2.0 ** (attempt - 1)
        if refused.reset is not None:
            left = refused.reset - self._clock.now().timestamp()
            pause = max(pause, left)
        return min(pause, LONGEST) * _jitter()


def _jitter() -> float:
    """Return 1.0 to 1.25: many clients that were refused together do not come back together."""
    return 1.0 + secrets.randbelow(256) / 1024
