"""What could end a run from outside: a full disk, while the end can still be written; a logout."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from provisioner.ballast import Ballast
from provisioner.cancellation import Cancellation
from provisioner.events import CancelRequested, Event, Remarked
from provisioner.logout import Logind
from provisioner.remedies import explain

PERIOD = 1.0
"""Real seconds between two looks at the free space."""


async def guard_disk(
    ballast: Ballast, cancellation: Cancellation, emit: Callable[[Event], None]
) -> None:
    """Give the reserve back and cancel the run once the disk is nearly full; then return."""
    while True:
        if await asyncio.to_thread(ballast.is_needed):
            break
        await asyncio.sleep(PERIOD)
    await asyncio.to_thread(ballast.free)
    emit(
        Remarked(
            source="disk",
            level="error",
            text="The disk is nearly full: the reserve is given up and the run ends in order.",
        )
    )
    if not cancellation.requested:
        emit(CancelRequested(by="full disk"))
    cancellation.request()


async def warn_of_logout(fqdn: str, emit: Callable[[Event], None]) -> None:
    """Say so where a logout would end the run; then return."""
    if await Logind().ends_us():
        remedy = explain("logout_ends_run", {"fqdn": fqdn})
        text = f"{remedy.what} {remedy.means} {remedy.action}"
        emit(Remarked(source="machine", level="warning", text=text))
