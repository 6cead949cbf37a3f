"""Networks: the firewall alone is changed, so that an operator whose address moved gets in again.

OpenTofu plans nothing but the firewall, whatever else the answers may ask for by now. A plan that
touches anything beside it, or makes or removes it, is not applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from provisioner.answers import save_spec
from provisioner.checks.access import check_cidrs
from provisioner.errors import CatalystError, DecisionNeeded
from provisioner.events import Event, FindingReported, NetworksPlanned, Remarked
from provisioner.facts import Change, PhaseName
from provisioner.hetzner.client import Hetzner
from provisioner.networks import admitted
from provisioner.phases.apply import SETTLED, carry_out
from provisioner.phases.opentofu import lay_out, open_tofu
from provisioner.phases.plan import save_plan
from provisioner.phases.stage import stage
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.view import View

FIREWALL = "hcloud_firewall.nodes"
"""Its address in modules/hetzner."""
TARGETING = frozenset({"Resource targeting is in effect", "Applied changes may be incomplete"})
"""What OpenTofu warns of whenever less than everything is planned, as is meant here."""
PLAN = "networks.tofuplan"
"""Beside the plan of the whole, which stays what it is."""


async def change_networks(run: Run, view: View) -> None:
    """Plan the firewall for the networks that are asked for and, with consent, apply just that.

    The answers name the networks as soon as consent is there: a firewall that could not be changed
    is then changed by the next plan. Raises AnswersRefused, DecisionNeeded without consent,
    CatalystError when nothing is rented or the plan is not the firewall's alone, and TofuError.
    """
    run = replace(run, emit=_without_targeting(run.emit))
    async with stage(run, PhaseName.PLAN):
        if view.rented_since is None or not view.settled:
            raise CatalystError("networks_unsettled", fqdn=run.fqdn)
        wanted = replace(run, spec=admitted(run.spec, run.networks, run.settings))
        for finding in check_cidrs(wanted.spec.model_dump(mode="json")):
            run.emit(FindingReported(finding=finding))
        changes = await _planned(wanted, first=not view.founded)
        before, after = run.spec.access.operator_cidrs, wanted.spec.access.operator_cidrs
        opens = tuple(each for each in after if each not in before)
        closes = tuple(each for each in before if each not in after)
        run.emit(NetworksPlanned(networks=after, opens=opens, closes=closes))
    if not run.consent.networks:
        raise DecisionNeeded("networks_unconfirmed", networks=", ".join(after))
    async with stage(run, PhaseName.APPLY):
        await asyncio.to_thread(save_spec, run.folder.spec, wanted.spec)
        path = run.folder.tofu / PLAN
        if _touched(changes):
            sha256 = await asyncio.to_thread(planfile.fingerprint, path)
            await carry_out(run, open_tofu(run), sha256, changes, file=PLAN)
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _planned(run: Run, *, first: bool) -> tuple[Change, ...]:
    """Return what the saved plan of the firewall alone changes; raises CatalystError for more."""
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        tofu = await lay_out(run, hetzner, first=first)
    path = tofu.directory / PLAN
    await save_plan(run, tofu, path, f"-target={FIREWALL}")
    changes = planfile.changes(await tofu.show(path))
    beside = [each for each in _touched(changes) if not _is_ours(each)]
    if beside:
        said = ", ".join(f"{each.action} {each.address}" for each in beside)
        raise CatalystError("networks_plan_wider", changes=said)
    return changes


def _without_targeting(emit: Callable[[Event], None]) -> Callable[[Event], None]:
    """Return an ``emit`` that leaves out OpenTofu's warnings that not everything is planned."""

    def emitted(event: Event) -> None:
        if not (isinstance(event, Remarked) and event.text in TARGETING):
            emit(event)

    return emitted


def _touched(changes: Iterable[Change]) -> list[Change]:
    return [each for each in changes if each.action not in SETTLED]


def _is_ours(change: Change) -> bool:
    return (change.address, change.action) == (FIREWALL, "update")
