"""How the client waits before it asks again: longer each time, never in step, and visibly."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from provisioner.clock import Clock
from provisioner.events import Event, WaitFinished, WaitStarted
from provisioner.hetzner.refusals import Refusal

FIRST = 1.0
"""Seconds before the second attempt; each later pause is twice as long."""
LONGEST = 60.0
"""Seconds of the longest pause. A project regains one request a second, so a reset that is
further away need not be waited for."""
REGAIN = 1.0
"""Seconds in which a project regains one request."""
LATER = 1.0
"""Seconds by which a wait must end later than the one that is told, to be told too."""
WAIT_KEY = "hetzner"


class Patience:
    """Pauses between attempts, by the world's clock."""

    def __init__(self, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._waiting = 0
        self._until: datetime | None = None
        """The latest end of what waits now: many requests that wait together are one wait."""

    async def wait(self, attempt: int, refused: Refusal) -> None:
        """Pause after the given attempt (from 1) failed, and say what for."""
        limited = refused.error.code == "hetzner_rate_limit_exceeded"
        what = "Hetzner's rate limit" if limited else "Hetzner's API"
        await self._pause(self._seconds(attempt, refused), what)

    async def spare(self, requests: int) -> None:
        """Pause until the project has regained so many requests: others live on them too."""
        await self._pause(requests * REGAIN, "the project's budget of requests to grow")

    async def _pause(self, seconds: float, what: str) -> None:
        started = self._clock.monotonic()
        until = self._clock.now() + timedelta(seconds=seconds)
        self._waiting += 1
        if self._until is None or until > self._until + timedelta(seconds=LATER):
            self._until = until
            self._emit(WaitStarted(key=WAIT_KEY, what=f"{what}, {seconds:.0f} s", until=until))
        try:
            await self._clock.sleep(seconds)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._until = None
                passed = self._clock.monotonic() - started
                self._emit(WaitFinished(key=WAIT_KEY, seconds=round(passed, 1)))

    def _seconds(self, attempt: int, refused: Refusal) -> float:
        now = self._clock.now().timestamp()
        left = seconds_left(refused.reset, now if refused.at is None else refused.at)
        return max(min(FIRST * 2.0 ** (attempt - 1), LONGEST), left) * _jitter()


def seconds_left(reset: float | None, at: float) -> float:
    """Return for how long a rate limit is waited, from ``at``; both are Unix times."""
    return 0.0 if reset is None else min(max(reset - at, 0.0), LONGEST)


def _jitter() -> float:
    """Return 1.0 to 1.25: many clients that were refused together do not come back together."""
    return 1.0 + secrets.randbelow(256) / 1024
