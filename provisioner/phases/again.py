"""After an apply that failed: what passes is waited for, what is the operator's is asked.

Every wait is visible, ends by itself and can be cancelled; attempts are counted, so that nothing is
tried for ever.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import TypeVar

from provisioner.errors import TofuError
from provisioner.events import WaitFinished, WaitStarted
from provisioner.hetzner.codes import is_of
from provisioner.phases.capacity import decision, servers_of
from provisioner.phases.stock import wait_for_stock
from provisioner.remedies import class_of
from provisioner.run import Run
from provisioner.view import View

ATTEMPTS = 3
"""How often a plan is applied while the cloud only falters."""
FIRST = 15.0
"""Seconds before the second attempt; the third waits four times as long."""
RATE_LIMITED = 60.0
"""Seconds at least after a rate limit: a project regains one request a second."""
_WAIT = "again"
T = TypeVar("T")


async def recover(run: Run, view: View, error: TofuError, attempt: int) -> int:
    """Return the next attempt's number when the rest may be planned and applied again; else raise.

    ``attempt`` counts from 1; one that waited for stock does not count. Raises DecisionNeeded where
    only the operator can go on, and the error itself where waiting helps nobody.
    """
    if is_of(error.code, "capacity"):
        wanted = servers_of(run.spec, error.facts.get("address", ""))
        # A limit of the account is lifted by people, not by time.
        waits = run.consent.wait_for_stock and error.code != "hetzner_resource_limit_exceeded"
        if wanted is None or not waits:
            raise await decision(run, view, error, wanted) from error
        await wait_for_stock(run, wanted)
        return attempt
    await outwait(run, error, attempt)
    return attempt + 1


async def patiently(run: Run, planning: Callable[[], Awaitable[T]]) -> T:
    """Return what planning yields; what passes at the cloud is waited for.

    A plan changes nothing, so that it may be made again whatever became of it. Raises what else
    planning raises, and the TofuError of its last attempt.
    """
    for attempt in count(1):
        try:
            return await planning()
        except TofuError as error:
            await outwait(run, error, attempt)
    raise AssertionError("there is always another attempt, or an error")


def _passes(error: TofuError) -> bool:
    return class_of(error.code) in {"untouched", "passing"}


async def outwait(run: Run, error: TofuError, attempt: int) -> None:
    """Pause before another attempt, visibly; raise the error where none is left or none helps."""
    if attempt >= ATTEMPTS or not _passes(error):
        raise error
    limited = error.code == "hetzner_rate_limit_exceeded"
    seconds = FIRST * 4.0 ** (attempt - 1) * (1 + secrets.randbelow(256) / 1024)
    seconds = max(seconds, RATE_LIMITED) if limited else seconds
    started = run.clock.now()
    what = "Hetzner's rate limit" if limited else "Hetzner's API to recover"
    said = f"{what}, then attempt {attempt + 1} of {ATTEMPTS}"
    run.emit(WaitStarted(key=_WAIT, what=said, until=started + timedelta(seconds=seconds)))
    await run.clock.sleep(seconds)
    run.emit(WaitFinished(key=_WAIT, seconds=round(seconds, 1)))
