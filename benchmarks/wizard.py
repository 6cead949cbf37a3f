"""From a key to the screen on each step of the wizard while its checks run, and what that sends.

The program is the real application on a backend whose every answer takes as long as Hetzner's does,
so that checks are always at work. A key that is drawn at its place counts, typed or chosen; on the
wire everything counts that comes of a key, with what its checks draw later.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from benchmarks.row import Row
from benchmarks.terminal import OnTerminal

PROMISE = 0.050
MOST_BYTES = 1024
KEYS = 30
TIMES = 4
"""How often each kind of key is pressed for its bytes, there and back."""
ANSWERS_AFTER = 0.2
"""Seconds for which every question to the outside is under way."""
QUIET = 1.1
"""Seconds after which nothing is on its way any more: longer than any debounce and its answer."""
UP, DOWN, RIGHT, LEFT = b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D"
TYPING = (b"x", b"\x7f")


class Kind(NamedTuple):
    """A kind of key on one step."""

    does: str
    there: bytes
    back: bytes
    first: tuple[bytes, ...] = ()
    """Keys that lead to where it is pressed; they do not count."""
    page: bool = False
    """Whether another page stands there afterwards, so that all of it must be sent."""


_HEADINGS = {
    "organisation": "Whose platform",
    "domain": "Under which name",
    "credentials": "What opens Hetzner",
    "sizing": "with 19 % VAT",
}
_TYPED = {"organisation": TYPING, "domain": (RIGHT, LEFT), "credentials": TYPING,
          "sizing": (DOWN, UP)}  # fmt: skip
"""The keys whose time counts."""
_KINDS = {
    "organisation": (
        Kind("a letter", *TYPING),
        Kind("another field", DOWN, UP),
        Kind("help", b"\x1bOP", b"\x1b", page=True),
    ),
    "domain": (
        Kind("pool or own", RIGHT, LEFT),
        Kind("another field", DOWN, UP),
        Kind("another pool", RIGHT, LEFT, (DOWN,)),
        Kind("a letter", *TYPING, first=(DOWN,)),
        Kind("a letter that is none", b"-", b"\x7f"),
    ),
    "credentials": (
        Kind("a letter", *TYPING),
        Kind("another field", DOWN, UP),
        Kind("a letter of a network", *TYPING, first=(DOWN, DOWN)),
        Kind("another SSH key", RIGHT, RIGHT, (DOWN,)),
    ),
    "sizing": (
        Kind("another type", DOWN, UP),
        Kind("1 or 3", b"c", b"c"),
        Kind("another location", b"l", b"L"),
        Kind("another order", b"s", b"s"),
        Kind("a filter", b"/x", b"\x1b"),
        Kind("back, and on", b"\x1b", b"\r", page=True),
    ),
}


async def measure() -> list[Row]:
    """Return the rows of these promises, and what each kind of key sends."""
    times = {step: await asyncio.to_thread(_times, step) for step in _TYPED}
    worst = max(times, key=lambda step: _p95(times[step]))
    # Bytes are no matter of speed, so that the steps can be walked side by side.
    found = await asyncio.gather(*(asyncio.to_thread(_bytes, step) for step in _KINDS))
    sent = [each for part in found for each in part]
    keys = [count for kind, _, counts in sent if not kind.page for count in counts]
    return [
        Row(
            what="key to screen on the worst step of the wizard, p95",
            promise=f"< {PROMISE * 1000:.0f} ms",
            measured=f"{_p95(times[worst]) * 1000:.0f} ms on {worst} ({KEYS * len(times)} keys)",
            kept=_p95(times[worst]) < PROMISE,
        ),
        Row(
            what="on the wire for one key in the wizard, the most",
            promise=f"<= {MOST_BYTES} bytes",
            measured=f"{_said(keys)} ({len(keys)} keys)",
            kept=max(keys) <= MOST_BYTES,
        ),
        *(_row(*each) for each in sent),
    ]


def _row(kind: Kind, step: str, counts: list[int]) -> Row:
    """Return what one kind of key sent; a page that is another one is sent, whatever it takes."""
    promise = "reported" if kind.page else f"<= {MOST_BYTES} bytes"
    kept = kind.page or max(counts) <= MOST_BYTES
    return Row(f"    {step.title()}: {kind.does}", promise, _said(counts), kept)


def _said(counts: list[int]) -> str:
    middle, p95 = statistics.median(counts), _p95(counts)
    return f"p50 {middle:.0f}, p95 {p95:.0f}, most {max(counts)}"


def _p95(values: Iterable[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _times(step: str) -> list[float]:
    """Return seconds from a key to the first byte that it draws, of each key on one step."""
    found = []
    with OnTerminal(["-m", "benchmarks.wizard", step], {}) as terminal:
        terminal.until(_HEADINGS[step])
        terminal.drain(QUIET)
        for number in range(KEYS):
            began = time.perf_counter()
            terminal.write(_TYPED[step][number % 2])
            terminal.read(5)
            found.append(time.perf_counter() - began)
            terminal.drain(0.12)
    return found


def _bytes(step: str) -> list[tuple[Kind, str, list[int]]]:
    """Return the bytes that each key of each kind sends."""
    found = []
    with OnTerminal(["-m", "benchmarks.wizard", step], {}) as terminal:
        terminal.until(_HEADINGS[step])
        _sent(terminal, b"")
        for kind in _KINDS[step]:
            for key in kind.first:
                _sent(terminal, key)
            counts = []
            for _ in range(TIMES):
                counts += [_sent(terminal, kind.there), _sent(terminal, kind.back)]
            found.append((kind, step, counts))
    return found


def _sent(terminal: OnTerminal, key: bytes) -> int:
    """Press a key and return how much comes until nothing comes any more."""
    terminal.write(key)
    count = 0
    while data := terminal.read(QUIET):
        count += len(data)
    if key and not count:
        raise RuntimeError(f"{key!r} draws nothing:\n{terminal.picture}")
    return count


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
