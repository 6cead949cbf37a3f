"""From a key to the screen on each step of the wizard while its checks run, and what that sends.

The program is the real application on a backend whose every answer takes as long as Hetzner's does,
so that checks are always at work. A key that is drawn at its place counts, typed or chosen.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import Any

from benchmarks.row import Row
from benchmarks.terminal import OnTerminal

PROMISE = 0.050
MOST_BYTES = 1024
KEYS = 30
ANSWERS_AFTER = 0.2
"""Seconds for which every question to the outside is under way."""
_STEPS = {
    "organisation": ("Whose platform", b"x\x7f"),
    "domain": ("Under which name", b"\x1b[C\x1b[D"),
    "credentials": ("What opens Hetzner", b"x\x7f"),
    "sizing": ("with 19 % VAT", b"\x1b[B\x1b[A"),
}


async def measure() -> list[Row]:
    """Return the two rows of these promises."""
    times: list[float] = []
    sent: list[int] = []
    worst = ("", 0.0)
    for step in _STEPS:
        found = await asyncio.to_thread(_keys, step)
        p95 = statistics.quantiles([seconds for seconds, _ in found], n=20)[-1]
        worst = max(worst, (step, p95), key=lambda each: each[1])
        times += [seconds for seconds, _ in found]
        sent += [count for _, count in found]
    mean = statistics.mean(sent)
    return [
        Row(
            what="key to screen on the worst step of the wizard, p95",
            promise=f"< {PROMISE * 1000:.0f} ms",
            measured=f"{worst[1] * 1000:.0f} ms on {worst[0]} ({len(times)} keys)",
            kept=worst[1] < PROMISE,
        ),
        Row(
            what="on the wire for one key in the wizard, mean",
            promise=f"<= {MOST_BYTES} bytes",
            measured=f"{mean:.0f} bytes (most {max(sent)})",
            kept=mean <= MOST_BYTES,
        ),
    ]


def _keys(step: str) -> list[tuple[float, int]]:
    """Return seconds to the first drawn byte and bytes in all, of each key on one step."""
    heading, pair = _STEPS[step]
    half = len(pair) // 2
    with OnTerminal(["-m", "benchmarks.wizard", step], {}) as terminal:
        terminal.until(heading)
        terminal.drain(1.0)
        found = []
        for number in range(KEYS):
            key = pair[half:] if number % 2 else pair[:half]
            began = time.perf_counter()
            terminal.write(key)
            drawn = terminal.read(5)
            seconds, count = time.perf_counter() - began, len(drawn)
            # What the checks draw later belongs to the key that asked for them.
            until = time.perf_counter() + 0.12
            while (left := until - time.perf_counter()) > 0:
                count += len(terminal.read(left))
            found.append((seconds, count))
    return found


def _play(step: str) -> None:
    """Run the application on a slow outside; this is the program on the terminal."""
    from catalyst_tui.app import CatalystApp, show
    from screens.scripted import ScriptedBackend
    from tests.screens import scenes

    class Slow(ScriptedBackend):
        """Answers as late as a cloud does."""

        async def reality(self, answers: Any) -> Any:
            """Return the script's findings, late."""
            await asyncio.sleep(ANSWERS_AFTER)
            return await super().reality(answers)

        async def name_report(self, answers: Any) -> Any:
            """Return the script's report, late."""
            await asyncio.sleep(ANSWERS_AFTER)
            return await super().name_report(answers)

        async def probe_token(self, fqdn: str) -> Any:
            """Return the script's report, late."""
            await asyncio.sleep(ANSWERS_AFTER)
            return await super().probe_token(fqdn)

    backend = Slow(scenes.script(), drafts=[scenes.draft(step)])
    sys.exit(show(CatalystApp(backend, begin=scenes.DRAFT, plain_glyphs=False)))


if __name__ == "__main__":
    _play(sys.argv[1])
