"""From a key to the screen, while an apply and its log run as fast as real ones do.

The program is the real application on a backend that plays resources and 400 lines of log a second.
The key changes one word of the screen; the time until that word is drawn counts.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import AsyncIterator
from typing import Any

from benchmarks.row import Row
from benchmarks.terminal import OnTerminal

KEYS = 120
PROMISE = 0.050
LINES_A_SECOND = 400
EVENTS_A_SECOND = 50
_WORDS = ("follow log", "pause log")


async def measure() -> list[Row]:
    """Return the row of this promise."""
    times = await asyncio.to_thread(_times)
    p95 = statistics.quantiles(times, n=20)[-1]
    worst = max(times)
    return [
        Row(
            what="key to screen while an apply and its log run, p95",
            promise=f"< {PROMISE * 1000:.0f} ms",
            measured=f"{p95 * 1000:.0f} ms (worst {worst * 1000:.0f} ms of {len(times)} keys)",
            kept=p95 < PROMISE,
        )
    ]


def _times() -> list[float]:
    with OnTerminal(["-m", "benchmarks.key_latency"], {}) as terminal:
        terminal.until("Creating")
        times = []
        for number in range(KEYS):
            times.append(terminal.press(b"f", _WORDS[number % 2]))
            terminal.drain(0.08)
    return times


def _play() -> None:
    """Run the application under load; this is the program on the terminal."""
    from catalyst_tui.app import CatalystApp, show
    from provisioner import events as e
    from screens.ports import RawLines
    from screens.scripted import ScriptedBackend
    from tests.screens import scenes, story

    class Busy(ScriptedBackend):
        """Plays without end."""

        async def logs(self, _fqdn: str) -> AsyncIterator[RawLines]:
            """Yield a hundred lines four times a second."""
            while True:
                lines = [f"{n} hcloud_server.node: Still creating..." for n in range(100)]
                yield RawLines("tofu", lines)
                await asyncio.sleep(100 / LINES_A_SECOND)

        async def follow(self, fqdn: str) -> AsyncIterator[Any]:
            """Yield the view as resources go on."""
            going = asyncio.ensure_future(self._go_on(fqdn))
            async for view in super().follow(fqdn):
                yield view
            going.cancel()

        async def _go_on(self, fqdn: str) -> None:
            seconds = 0.0
            while True:
                seconds += 1 / EVENTS_A_SECOND
                address = story.CHANGES[1][2]
                await self.feed(fqdn, e.ResourceProgressed(address=address, seconds=seconds))
                await asyncio.sleep(1 / EVENTS_A_SECOND)

    scene = scenes.at_apply()
    busy = Busy(scene.script, now=scene.time)
    busy.journals, busy.alive = scene.journals, scene.alive
    app = CatalystApp(busy, plain_glyphs=False)
    app.call_later(app.watch_sovereign, story.FQDN)
    sys.exit(show(app))


if __name__ == "__main__":
    _play()
