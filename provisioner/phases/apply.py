"""Apply: exactly the confirmed plan, every resource's progress an event."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from provisioner.errors import TofuError
from provisioner.events import ApplyStarted, OutputsSaved, PlanSaved
from provisioner.facts import Change
from provisioner.hetzner.codes import is_of
from provisioner.phases.opentofu import open_tofu
from provisioner.phases.overhearing import overheard, told
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.command import LOCK_TIMEOUT, PARALLELISM, Running, Tofu
from provisioner.tofu.traffic import Traffic
from provisioner.tofu.translate import Translator
from provisioner.tofu.workspace import PLAN

Complaint = tuple[str, dict[str, str]]
SETTLED = frozenset({"noop", "read"})
"""What a plan does that changes nothing."""
_CONTROL_PLANE = re.compile(r'hcloud_server\.node\["cp\d+"\]')


async def apply(run: Run, plan: PlanSaved) -> Mapping[str, Any]:
    """Apply the saved plan and return the module's outputs; raises TofuError or Cancelled.

    A plan that changes nothing is not applied: the outputs are those of the state.
    """
    tofu = open_tofu(run)
    outputs = None
    if _count(plan.changes):
        outputs = await carry_out(run, tofu, plan.sha256, plan.changes)
    if outputs is None:
        outputs = planfile.outputs(await tofu.show())
    run.emit(OutputsSaved(outputs=dict(outputs)))
    return outputs


async def carry_out(
    run: Run, tofu: Tofu, sha256: str, changes: Sequence[Change], *, file: str = PLAN
) -> Mapping[str, Any] | None:
    """Apply exactly this saved plan, journaling each resource; return the outputs it printed.

    ``file`` is its name in the working directory. Raises TofuError, also when the file is not the
    plan that was confirmed; Cancelled after OpenTofu has ended, when the operator asked for the end
    meanwhile.
    """
    path = tofu.directory / file
    if await asyncio.to_thread(planfile.fingerprint, path) != sha256:
        raise TofuError("tofu_plan_changed", path=path)
    run.emit(ApplyStarted(sha256=sha256, total=_count(changes)))
    translator = Translator({change.address: change for change in changes}, run.clock, run.fqdn)
    async with overheard(run, changes) as traffic:
        running = await _start(tofu, file, parallelism(changes), traffic)
        code, outputs = await told(run, running, translator)
    if code:
        raise await running.failure(_weightiest_first(translator.errors))
    return None if outputs is None else _plain(outputs)


def _weightiest_first(errors: list[Complaint]) -> list[Complaint]:
    """Return errors with those first that only the operator can decide; the rest in their order."""
    return sorted(errors, key=lambda each: not is_of(each[0], "capacity"))


def _count(changes: Sequence[Change]) -> int:
    return sum(change.action not in SETTLED for change in changes)


def parallelism(changes: Iterable[Change]) -> int:
    """Return how much may happen at once: control planes that exist change one after the other.

    All of them at once would take the Kubernetes API down for as long as Hetzner needs.
    """
    changed = (each for each in changes if each.action in {"update", "replace"})
    several = sum(_CONTROL_PLANE.fullmatch(each.address) is not None for each in changed) > 1
    return 1 if several else PARALLELISM


async def _start(tofu: Tofu, file: str, at_once: int, traffic: Traffic) -> Running:
    """Start applying the saved plan of a working directory."""
    return await tofu.start(
        "apply",
        "apply",
        "-input=false",
        "-auto-approve",
        f"-parallelism={at_once}",
        f"-lock-timeout={LOCK_TIMEOUT}",
        file,
        traffic=traffic,
    )


def _plain(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each.get("value") for name, each in outputs.items() if not each.get("sensitive")}
