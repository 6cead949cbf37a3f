"""The clock of a live world: its speed can change while others wait on it, and it never jumps."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from provisioner.clock import Clock


class WorldClock(Clock):
    """A Clock whose speed changes between runs; whoever sleeps on it then sleeps at the new one."""

    _changed: asyncio.Event
    _at: tuple[float, float]

    def __init__(self, speed: float = 1.0, origin: float = 0.0, offset: float = 0.0) -> None:
        super().__init__(speed, origin, offset)
        self._set("_changed", asyncio.Event())
        self._set("_at", (time.monotonic(), 0.0))

    def monotonic(self) -> float:
        """Return seconds of this clock that only ever grow, through changes of speed too."""
        real, then = self._at
        return then + (time.monotonic() - real) * self.speed

    def change(self, speed: float) -> None:
        """Run ``speed`` times as fast as the machine from this moment on."""
        real, ahead = time.time(), self.now().timestamp() - time.time()
        self._set("_at", (time.monotonic(), self.monotonic()))
        self._set("speed", speed)
        self._set("origin", real)
        self._set("offset", ahead)
        changed, renewed = self._changed, asyncio.Event()
        self._set("_changed", renewed)
        changed.set()

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of this clock."""
        due = self.monotonic() + seconds
        while (left := due - self.monotonic()) > 0:
            try:
                async with asyncio.timeout(self.real(left)):
                    await self._changed.wait()
            except TimeoutError:
                continue
        if seconds <= 0:
            await asyncio.sleep(0)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """Wait for ``event``, at most ``seconds`` of this clock; returns whether it came."""
        if seconds is None:
            await event.wait()
            return True
        alarm = asyncio.ensure_future(self.sleep(seconds))
        signal = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({alarm, signal}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            signal.cancel()
        return event.is_set()

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def stamp(moment: datetime) -> str:
    """Return a moment as Kubernetes writes it: whole seconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
