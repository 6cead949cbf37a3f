"""Plan: what OpenTofu would change, what it costs, and the hash by which it is confirmed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from provisioner.cluster.storage import rented_volumes
from provisioner.events import DriftFound, PlanSaved
from provisioner.facts import Drift
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.prices import price_plan
from provisioner.phases.opentofu import lay_out
from provisioner.phases.overhearing import overheard, told
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.command import LOCK_TIMEOUT, PARALLELISM, Tofu
from provisioner.tofu.drift import drift
from provisioner.tofu.translate import Translator
from provisioner.tofu.workspace import PLAN


class Draft(NamedTuple):
    """A saved plan that was not journaled yet."""

    saved: PlanSaved
    drift: tuple[Drift, ...]


async def plan(run: Run, *, first: bool = True, destroy: bool = False) -> PlanSaved:
    """Save an encrypted plan, price it, journal it, and return what was journaled.

    ``first`` says that no cluster exists yet; ``destroy`` plans to take everything down.
    """
    return journaled(run, await draft(run, first=first, destroy=destroy))


async def draft(run: Run, *, first: bool = True, destroy: bool = False) -> Draft:
    """Do the same without journaling it, for a caller who may have to plan once more."""
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        tofu = await lay_out(run, hetzner, first=first)
        path = tofu.directory / PLAN
        await save_plan(run, tofu, path, *(["-destroy"] if destroy else []))
        shown = await tofu.show(path)
        volumes = None if destroy else await rented_volumes(run)
        price = await price_plan(hetzner, planfile.planned(shown), volumes)
    changes = planfile.changes(shown)
    saved = PlanSaved(
        sha256=await asyncio.to_thread(planfile.fingerprint, path),
        changes=changes,
        price=price,
        destroys=planfile.is_destructive(changes),
        for_destroy=destroy,
        spec_digest=run.spec.digest(),
    )
    return Draft(saved, drift(shown))


def journaled(run: Run, drafted: Draft) -> PlanSaved:
    """Journal a plan, and return what was journaled."""
    if not drafted.saved.for_destroy:
        run.emit(DriftFound(items=drafted.drift))
    run.emit(drafted.saved)
    return drafted.saved


async def save_plan(run: Run, tofu: Tofu, path: Path, *options: str) -> None:
    """Have OpenTofu save a plan to ``path``; raises TofuError."""
    translator = Translator({}, run.clock, run.fqdn)
    async with overheard(run) as traffic:
        running = await tofu.start(
            "plan",
            "plan",
            "-input=false",
            f"-out={path}",
            f"-parallelism={PARALLELISM}",
            f"-lock-timeout={LOCK_TIMEOUT}",
            *options,
            traffic=traffic,
        )
        async with running.attended():
            code, _ = await told(run, running, translator)
    if code:
        raise await running.failure(translator.errors)
