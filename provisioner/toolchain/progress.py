"""What a caller hears while a tool is made: typed reports, at least one a second."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from enum import StrEnum

import msgspec

from provisioner.clock import Clock
from provisioner.toolchain.pins import Pin

INTERVAL = 1.0
"""Seconds between two reports of a step in which nothing new is heard."""


class Step(StrEnum):
    """What is being done for a tool."""

    WAITING = "waiting"
    """Another process makes tools in this cache."""
    DOWNLOADING = "downloading"
    BUILDING = "building"
    CHECKING = "checking"
    REMARK = "remark"
    """One line that the operator should read; nothing is under way."""
    READY = "ready"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One report."""

    tool: str
    version: str
    step: Step
    elapsed: float = 0.0
    """Seconds since the step began."""
    usual: float | None = None
    """Seconds that the step usually takes, where that is known."""
    line: str = ""
    """What was heard last; for READY the path of what is ready."""


Report = Callable[[Progress], None]


def unheard(_progress: Progress) -> None:
    """Take a report and do nothing with it."""


class Reporter:
    """Speaks of one tool to one listener."""

    def __init__(self, pin: Pin, report: Report, clock: Clock) -> None:
        self._pin = pin
        self._report = report
        self._clock = clock

    def say(self, step: Step, line: str = "") -> None:
        """Report something that takes no time."""
        self._report(Progress(tool=self._pin.name, version=self._pin.version, step=step, line=line))

    @contextlib.asynccontextmanager
    async def during(
        self, step: Step, usual: float | None = None
    ) -> AsyncIterator[Callable[[str], None]]:
        """Report a step once a second until the block ends; the block is given where to put lines.

        The first report comes at once, so that a listener always knows what is under way.
        """
        last = ""
        began = self._clock.monotonic()

        def hear(line: str) -> None:
            nonlocal last
            last = line

        async def tick() -> None:
            while True:
                self._report(
                    Progress(
                        tool=self._pin.name,
                        version=self._pin.version,
                        step=step,
                        elapsed=self._clock.monotonic() - began,
                        usual=usual,
                        line=last,
                    )
                )
                await self._clock.sleep(INTERVAL)

        ticker = asyncio.create_task(tick())
        try:
            yield hear
        finally:
            ticker.cancel()
            await asyncio.wait({ticker})
            if not ticker.cancelled():
                ticker.result()
