"""Who asks a runner to end, from the moment that others know it until its last event is written."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence

from provisioner.cancellation import Cancellation
from provisioner.events import CancelRequested, Event

ENDING = (signal.SIGINT, signal.SIGTERM)


def hold_signals() -> Sequence[int]:
    """Keep what comes before there is a journal to tell of it; returns what is kept, as it grows.

    Handlers and no mask: a process-wide signal finds any thread that does not block it.
    """
    kept: list[int] = []
    for each in ENDING:
        signal.signal(each, lambda number, _frame: kept.append(number))
    return kept


@contextlib.contextmanager
def heard(
    cancellation: Cancellation, emit: Callable[[Event], None], early: Sequence[int]
) -> Iterator[None]:
    """Hear SIGINT, or a first SIGTERM as at logout, as a wish; SIGTERM after that forces.

    ``early`` came before and counts. Behind the block both are ignored: the run is over.
    """
    loop = asyncio.get_running_loop()

    def ask() -> None:
        if not cancellation.requested:
            emit(CancelRequested())
        cancellation.request()

    def terminate() -> None:
        if not cancellation.requested:
            ask()
            return
        emit(CancelRequested(forced=True))
        cancellation.force()

    hears = {signal.SIGINT: ask, signal.SIGTERM: terminate}
    for number, act in hears.items():
        loop.add_signal_handler(number, act)
    for each in tuple(early):
        hears[signal.Signals(each)]()
    try:
        yield
    finally:
        for number in hears:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
