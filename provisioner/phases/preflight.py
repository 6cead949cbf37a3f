"""Preflight: every check that needs no money, all findings together, each with its remedy."""

from __future__ import annotations

import asyncio

from provisioner.checks import machine
from provisioner.checks.domain import check_domain
from provisioner.checks.downloads import check_downloads, pinned
from provisioner.checks.live import live_findings
from provisioner.checks.source import check_source
from provisioner.credentials.token import check_token
from provisioner.events import FindingReported
from provisioner.facts import Finding
from provisioner.hetzner.client import Hetzner
from provisioner.run import Run
from provisioner.settings import Settings


async def preflight(run: Run) -> list[Finding]:
    """Check machine, token, project, answers, name and source; emit and return what was found.

    Whether a finding blocks is written on it; that it ends the run is the runner's to say.
    """
    on_machine, in_reality, on_name, on_source = await asyncio.gather(
        _check_machine(run, run.settings),
        _check_live(run, run.settings),
        check_domain(run),
        check_source(run),
    )
    found = [*on_machine, *in_reality, *on_name, *on_source]
    for each in found:
        run.emit(FindingReported(finding=each))
    return found


async def _check_machine(run: Run, settings: Settings) -> tuple[Finding, ...]:
    folder = await asyncio.to_thread(machine.check_folder, run.folder.path, settings)
    downloads = check_downloads(pinned()) if run.world.downloads else ()
    return machine.check_tools(run.tools) + folder + downloads


async def _check_live(run: Run, settings: Settings) -> tuple[Finding, ...]:
    token = run.secrets.get("hcloud_token")
    form = check_token(token)
    if token is None or form:
        return form
    async with Hetzner(run.world, token, run.emit) as hetzner:
        values = run.spec.model_dump(mode="json")
        return await live_findings(values, hetzner, settings)
