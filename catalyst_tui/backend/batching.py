"""Gathering what comes one by one into batches, so that a screen draws four times a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

T = TypeVar("T")

MOST = 5_000
"""Items that are gathered at most: whoever sends faster waits."""


async def batches(items: AsyncIterator[T], every: float) -> AsyncGenerator[list[T]]:
    """Yield what came within ``every`` real seconds, as soon as something did; raises as items do.

    What came before an error is yielded before it is raised.
    """
    queue: asyncio.Queue[T] = asyncio.Queue(MOST)
    reading = asyncio.create_task(_read(items, queue))
    try:
        while not (reading.done() and queue.empty()):
            getting = asyncio.create_task(queue.get())
            await asyncio.wait({getting, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                getting.cancel()
                continue
            gathered = [getting.result()]
            await asyncio.wait({reading}, timeout=every)
            while not queue.empty():
                gathered.append(queue.get_nowait())
            yield gathered
        await reading
    finally:
        reading.cancel()
        # What is read from may only be closed once nobody reads it.
        await asyncio.wait({reading})


async def _read(items: AsyncIterator[T], queue: asyncio.Queue[T]) -> None:
    async for item in items:
        await queue.put(item)
