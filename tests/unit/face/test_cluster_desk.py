"""The way into a cluster as the screens share it, and its lines in batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from catalyst_tui.backend.batching import batches
from catalyst_tui.backend.shared import Shared
from provisioner.errors import CatalystError


class Door:
    """Something that is opened and closed, and counts both."""

    def __init__(self, error: CatalystError | None = None) -> None:
        self.opened = 0
        self.closed = asyncio.Event()
        self._error = error

    @asynccontextmanager
    async def way(self) -> AsyncIterator[str]:
        """Open it."""
        if self._error is not None:
            raise self._error
        self.opened += 1
        try:
            yield "inside"
        finally:
            self.closed.set()


async def test_several_guests_share_one_way_which_closes_after_the_last() -> None:
    """It opens once, stays while anybody is inside, and can be opened again."""
    door = Door()
    shared = Shared(door.way, linger=0.01)
    async with shared.use() as first, shared.use() as second:
        assert (first, second) == ("inside", "inside")
    async with asyncio.timeout(90):
        await door.closed.wait()
    async with shared.use():
        assert door.opened == 2


async def test_a_way_that_does_not_open_tells_each_guest_why() -> None:
    """And is tried anew for the next one."""
    shared = Shared(Door(CatalystError("sovereign_not_met", fqdn="oman")).way)
    for _ in range(2):
        with pytest.raises(CatalystError, match="sovereign_not_met"):
            async with shared.use():
                pytest.fail("nobody gets in")


async def test_a_guest_who_leaves_early_takes_nothing_from_the_others() -> None:
    """A cancelled guest does not cancel the opening for which another waits."""
    ready = asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[str]:
        await ready.wait()
        yield "inside"

    shared = Shared(slow)

    async def enter() -> str:
        async with shared.use() as found:
            return found

    early, patient = asyncio.create_task(enter()), asyncio.create_task(enter())
    await asyncio.sleep(0)
    early.cancel()
    await asyncio.wait({early})
    ready.set()
    assert await patient == "inside"


async def test_batches_hold_everything_in_order_before_the_error() -> None:
    """What came before a failure is handed out first."""

    async def items() -> AsyncIterator[int]:
        for number in range(7_000):
            yield number
        raise CatalystError("log_broken", pod="p", container="c")

    seen: list[int] = []

    async def gather() -> None:
        async with aclosing(batches(items(), 0.001)) as gathered:
            async for batch in gathered:
                seen.extend(batch)

    with pytest.raises(CatalystError, match="log_broken"):
        await gather()
    assert seen == list(range(7_000))
