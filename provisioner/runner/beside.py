"""What goes on beside the road and after it: the name, the look from outside, the hand-off.

None of it changes whether the Sovereign is ready: what fails here is said, and the command `dns`
does it again. Once the cluster is healthy, a cancel only ends these.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from provisioner.errors import CatalystError, DnsError
from provisioner.facts import PhaseName
from provisioner.phases.dns import dns
from provisioner.phases.stage import stage
from provisioner.run import Run


@asynccontextmanager
async def naming(run: Run, outputs: Mapping[str, Any]) -> AsyncIterator[None]:
    """Let the name come into being while the block runs, and for a little while after it."""
    healthy = asyncio.Event()
    task = asyncio.create_task(_resolved(run, outputs, healthy), name="dns")
    try:
        yield
        healthy.set()
        await _at_leisure(run, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def named(run: Run, outputs: Mapping[str, Any]) -> None:
    """Bring the name about where nothing else goes on, for as long as that may take."""
    await _at_leisure(run, _resolved(run, outputs, asyncio.Event()))


async def seen(run: Run, outputs: Mapping[str, Any]) -> None:
    """Look at the Sovereign from outside; what is not well is said and changes nothing."""
    await _at_leisure(run, _verified(run, outputs))


async def _resolved(run: Run, outputs: Mapping[str, Any], healthy: asyncio.Event) -> None:
    try:
        async with stage(run, PhaseName.DNS):
            await dns(run, outputs, healthy=healthy)
    except CatalystError as error:
        run.warn(error, str(error.phase or "dns"))


async def _verified(run: Run, outputs: Mapping[str, Any]) -> None:
    # Only here: it brings what speaks SSH, which a runner that waits need not hold.
    from provisioner.phases.verify import verify

    try:
        async with stage(run, PhaseName.VERIFY):
            ill = [each for each in await verify(run, outputs) if not each.ok]
            if ill:
                first = f"{ill[0].target}: {ill[0].saw}"
                raise DnsError("outside_not_well", fqdn=run.fqdn, count=len(ill), first=first)
    except CatalystError as error:
        run.warn(error, str(error.phase or "dns"))


async def _at_leisure(run: Run, work: Awaitable[None]) -> None:
    """Await what a cancel may cut short without making the run a cancelled one."""
    try:
        await work
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not run.cancellation.requested or task is None:
            raise
        task.uncancel()
