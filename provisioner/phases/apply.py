"""Apply: exactly the confirmed plan, every resource's progress an event."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from provisioner.errors import TofuError
from provisioner.events import ApplyStarted, OutputsSaved, PlanSaved
from provisioner.phases.opentofu import open_tofu
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.command import LOCK_TIMEOUT, PARALLELISM, Running, Tofu
from provisioner.tofu.failures import failure
from provisioner.tofu.translate import Translator
from provisioner.tofu.workspace import PLAN

_SETTLED = frozenset({"noop", "read"})


async def apply(run: Run, plan: PlanSaved) -> Mapping[str, Any]:
    """Apply the saved plan and return the module's outputs; raises TofuError or Cancelled.

    A plan that changes nothing is not applied: the outputs are those of the state.
    """
    tofu = open_tofu(run)
    total = sum(change.action not in _SETTLED for change in plan.changes)
    outputs = await _apply(run, tofu, plan, total) if total else None
    if outputs is None:
        outputs = planfile.outputs(await tofu.show())
    run.emit(OutputsSaved(outputs=dict(outputs)))
    return outputs


async def _apply(run: Run, tofu: Tofu, plan: PlanSaved, total: int) -> Mapping[str, Any] | None:
    path = tofu.directory / PLAN
    if await asyncio.to_thread(planfile.fingerprint, path) != plan.sha256:
        raise TofuError("tofu_plan_changed", path=path)
    run.emit(ApplyStarted(sha256=plan.sha256, total=total))
    running = await start_apply(tofu)
    translator = Translator({change.address: change for change in plan.changes})
    outputs: Mapping[str, Any] | None = None
    with run.cancellation.deferred(running.interrupt):
        async for message in running.messages():
            for event in translator.events(message):
                run.emit(event)
            if message.outputs is not None:
                outputs = _plain(message.outputs)
        code = await running.wait()
    if code:
        raise failure(TofuError, translator.errors, running.log.name)
    return outputs


async def start_apply(tofu: Tofu) -> Running:
    """Start applying the saved plan of a working directory."""
    return await tofu.start(
        "apply",
        "apply",
        "-input=false",
        "-auto-approve",
        f"-parallelism={PARALLELISM}",
        f"-lock-timeout={LOCK_TIMEOUT}",
        PLAN,
    )


def _plain(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each.get("value") for name, each in outputs.items() if not each.get("sensitive")}
