"""Resizing: a server is switched off before Hetzner says whether it takes another type.

So what can be known before is asked before: a refusal would leave the server off.
"""

from __future__ import annotations

from collections.abc import Collection

from provisioner.answers_findings import dotted
from provisioner.checks.sizing import check_types
from provisioner.checks.wanted import Servers
from provisioner.errors import AnswersRefused, TofuError
from provisioner.events import FindingReported, PlanSaved
from provisioner.facts import Finding, PhaseName, Severity
from provisioner.hetzner.client import Hetzner
from provisioner.phases.capacity import decision, look, servers_of
from provisioner.phases.difference import open_changes
from provisioner.phases.stock import outwaited
from provisioner.run import Run
from provisioner.view import View


async def refuse_resizes(run: Run, view: View, plan: PlanSaved) -> None:
    """Let no plan pass that gives servers a type which Hetzner would refuse, or has not.

    Where the operator wishes to wait, stock is waited for. Emits what was found. Raises
    DecisionNeeded for what has no stock, AnswersRefused for anything else, and HetznerError when
    the catalogue cannot be read. A plan that changes no server's type costs no request.
    """
    resized = _resized(run, plan)
    if not resized:
        return
    blocking = await _blocking(run, resized)
    if run.consent.wait_for_stock and await outwaited(run, blocking):
        blocking = await _blocking(run, resized)
    for each in blocking:
        run.emit(FindingReported(finding=each))
    if not blocking:
        return
    first = blocking[0]
    if first.code == "hetzner_type_no_stock":
        address, servers = resized[first.field]
        # As Hetzner would say it, had it been asked.
        error = TofuError("hetzner_resource_unavailable", address=address)
        raise await decision(run, view, error, servers)
    refused = AnswersRefused("resize_refused", reason=first.reason, suggestion=first.remedy)
    refused.phase = PhaseName.PREFLIGHT
    raise refused


def _resized(run: Run, plan: PlanSaved) -> dict[str, tuple[str, Servers]]:
    """Return the servers that exist and would get another type, by the answer that names it."""
    found = {}
    for each in open_changes(plan):
        servers = servers_of(run.spec, each.address)
        if servers and each.action == "update" and each.rented != each.rents:
            found[dotted((*servers.at, "type"))] = (each.address, servers)
    return found


async def _blocking(run: Run, fields: Collection[str]) -> list[Finding]:
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        reality = await look(run, hetzner)
    found = check_types(run.spec.model_dump(mode="json"), reality)
    blocking = [each for each in found if each.severity is Severity.BLOCKING]
    return [each for each in blocking if each.field in fields]
