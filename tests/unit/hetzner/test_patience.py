"""Many requests that wait together are one wait, which is over when the last of them is."""

from __future__ import annotations

import asyncio

from provisioner.clock import Clock
from provisioner.errors import HetznerError
from provisioner.events import Event, WaitFinished, WaitStarted
from provisioner.hetzner.patience import Patience
from provisioner.hetzner.refusals import Refusal
from screens.words import line_of


async def test_requests_that_wait_together_are_told_once() -> None:
    """One line with its seconds; the first that returns does not end the countdown of all."""
    said: list[Event] = []
    patience = Patience(Clock(speed=20), said.append)
    refused = Refusal(HetznerError("hetzner_rate_limit_exceeded"), again=True)
    async with asyncio.timeout(30):
        await asyncio.gather(*(patience.wait(4, refused) for _ in range(5)))
    kinds = [type(each) for each in said]
    assert kinds.count(WaitFinished) == 1
    assert kinds[-1] is WaitFinished
    assert kinds.count(WaitStarted) < 5
    line = line_of(said[0])
    assert line is not None
    assert line[1].startswith("Hetzner's rate limit, ")
    assert line[1].endswith(" s")
