"""Destroy: everything that was rented is given back, and an empty listing proves it."""

from __future__ import annotations

import asyncio

from provisioner.errors import DecisionNeeded
from provisioner.events import InventoryListed, PlanConfirmed
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import read_inventory
from provisioner.hetzner.sweep import sweep
from provisioner.phases.apply import carry_out
from provisioner.phases.opentofu import open_tofu
from provisioner.phases.plan import plan
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.workspace import PLAN, STATE


async def destroy(run: Run, *, confirmed: bool) -> None:
    """Take the Sovereign down and list until nothing of it is left.

    Raises DecisionNeeded, after the listing, unless ``confirmed``: nothing is deleted then.
    """
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        before = await read_inventory(hetzner, run.fqdn)
        run.emit(InventoryListed(when="before", items=before.items, foreign=before.foreign))
        if not confirmed:
            raise DecisionNeeded("destroy_unconfirmed", fqdn=run.fqdn, count=len(before.items))
        if await _is_in_state(run):
            await _by_plan(run)
        after = await sweep(hetzner, run.fqdn, run.clock, run.emit)
    await asyncio.to_thread((run.folder.tofu / PLAN).unlink, missing_ok=True)
    run.emit(InventoryListed(when="after", items=after.items, foreign=after.foreign))


async def _is_in_state(run: Run) -> bool:
    """Return whether the state still holds anything; a lost state leaves all to the sweep."""
    if not await asyncio.to_thread((run.folder.tofu / STATE).exists):
        return False
    return bool(planfile.in_state(await open_tofu(run).show()))


async def _by_plan(run: Run) -> None:
    saved = await plan(run, destroy=True)
    run.emit(PlanConfirmed(sha256=saved.sha256, by="name"))
    await carry_out(run, open_tofu(run), saved)
