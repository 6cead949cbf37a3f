"""What OpenTofu says while it works, and what Hetzner refuses it, which OpenTofu does not say.

Its provider asks again by itself, a bounded number of times and ever more slowly. Whatever it is
refused in the end fails its resource, and is handled like any other failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from provisioner.events import ResourceRetried, WaitFinished, WaitStarted
from provisioner.facts import Change
from provisioner.hetzner.patience import LATER, seconds_left
from provisioner.run import Run
from provisioner.tofu.command import Running
from provisioner.tofu.traffic import MOST_RETRIES, Asked, Refused, Traffic
from provisioner.tofu.translate import Translator

LOOK = 0.1
"""Real seconds between two looks at what was said."""
LEAST = 1.0
"""Seconds of a wait for the rate limit, where the answer does not say how long."""
LIMITED = 429
_WAIT = "opentofu"


@asynccontextmanager
async def overheard(run: Run, changes: Sequence[Change] = ()) -> AsyncIterator[Traffic]:
    """Yield what an OpenTofu is to be started with; journal what it is refused in the block.

    ``changes`` are those of its plan: with them a refusal is told at its resource.
    """
    with Traffic() as traffic:
        ears = _Ears(run, changes)
        listening = asyncio.create_task(_listen(traffic, ears), name="traffic")
        try:
            yield traffic
        finally:
            listening.cancel()
            await asyncio.wait({listening})
            for said in traffic.rest():
                ears.hear(said)
            ears.end()
        if not listening.cancelled():
            listening.result()


async def told(
    run: Run, running: Running, translator: Translator
) -> tuple[int, Mapping[str, Any] | None]:
    """Journal what an OpenTofu says until it has ended; return its exit code and its outputs.

    Raises Cancelled after it has ended, when the operator asked for the end meanwhile.
    """
    outputs = None
    with run.cancellation.deferred(running.interrupt):
        async for message in running.messages():
            for event in translator.events(message):
                run.emit(event)
            if message.outputs is not None:
                outputs = message.outputs
        return await running.wait(), outputs


async def _listen(traffic: Traffic, ears: _Ears) -> None:
    while True:
        for said in traffic.heard():
            ears.hear(said)
        ears.look()
        await asyncio.sleep(LOOK)


class _Ears:
    """Knows what was asked before, and until when the rate limit is waited for."""

    def __init__(self, run: Run, changes: Sequence[Change]) -> None:
        self._run = run
        self._addresses = {(each.kind, each.name): each.address for each in changes}
        self._before: dict[Asked, tuple[int, int]] = {}
        """How often each was asked again, and how many refusals had been heard by then."""
        self._refusals: list[str] = []
        self._since = 0.0
        self._until: datetime | None = None

    def hear(self, said: Asked | Refused) -> None:
        """Take in one request or refusal."""
        if isinstance(said, Asked):
            self._asked(said)
            return
        self._refusals.append(f"{said.status} {said.code}")
        if said.status == LIMITED:
            self._limited(said)

    def _asked(self, asked: Asked) -> None:
        attempt, heard = self._before.get(asked, (-1, 0))
        attempt += 1
        self._before[asked] = (attempt, len(self._refusals))
        # No answer names its request: a reason is told only where there was just one.
        reasons = set(self._refusals[heard:])
        address = self._addresses.get((asked.kind, asked.name))
        if attempt and address is not None:
            self._run.emit(
                ResourceRetried(
                    address=address,
                    kind=asked.kind,
                    name=asked.name,
                    attempt=attempt,
                    of=MOST_RETRIES,
                    reason=reasons.pop() if len(reasons) == 1 else "",
                )
            )

    def _limited(self, refused: Refused) -> None:
        now = self._run.clock.now()
        at = now.timestamp() if refused.at is None else refused.at
        seconds = max(seconds_left(refused.reset, at), LEAST)
        until = now + timedelta(seconds=seconds)
        if self._until is None:
            self._since = self._run.clock.monotonic()
        elif until <= self._until + timedelta(seconds=LATER):
            return
        self._until = until
        what = f"Hetzner's rate limit, {seconds:.0f} s; OpenTofu asks again"
        self._run.emit(WaitStarted(key=_WAIT, what=what, until=until))

    def look(self) -> None:
        """End the wait whose time has come."""
        if self._until is not None and self._run.clock.now() >= self._until:
            self.end()

    def end(self) -> None:
        """End the wait, if there is one."""
        if self._until is not None:
            passed = self._run.clock.monotonic() - self._since
            self._run.emit(WaitFinished(key=_WAIT, seconds=round(passed, 1)))
            self._until = None
