"""The road of a run: which phases follow each other, and how each ending is named.

::

    plan      preflight → plan                                            planned
    apply     preflight → plan → consent → apply → access → bootstrap     ready
                                                 ↘ dns ───────────→ verify
    resume    settle → plan → same plan or less? → apply → access → …     ready
    dns       dns → verify                                                ready
    destroy   inventory → consent → destroy → inventory                   destroyed
    inventory inventory                                           needs_decision
    access    plan of the firewall alone → consent → apply                changed

Every phase starts by looking at what exists, so that a run goes on by walking the road again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack

import msgspec

from provisioner.dns.owner import restore_owner
from provisioner.errors import (
    AnswersRefused,
    Cancelled,
    CatalystError,
    DecisionNeeded,
    DnsError,
    Incomplete,
    TofuError,
)
from provisioner.events import PlanSaved, StateFound
from provisioner.facts import Finding, Outcome, PhaseName, Severity
from provisioner.phases.again import patiently, recover
from provisioner.phases.apply import apply
from provisioner.phases.belongings import find_state, mend
from provisioner.phases.consent import confirm
from provisioner.phases.destroy import destroy
from provisioner.phases.networks import change_networks
from provisioner.phases.plan import draft, journaled
from provisioner.phases.power import switched_on
from provisioner.phases.preflight import preflight
from provisioner.phases.resizing import refuse_resizes
from provisioner.phases.settle import lost, settle
from provisioner.phases.stage import stage
from provisioner.phases.stock import outwaited
from provisioner.phases.unlock import CODE as LOCKED
from provisioner.phases.unlock import unlocked
from provisioner.remedies import Remedy, explain, remedy_of
from provisioner.run import Run
from provisioner.runner.beside import named, naming, seen
from provisioner.runner.order import Command
from provisioner.standing import may_be_rented
from provisioner.view import View


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended."""

    outcome: Outcome
    remedy: Remedy | None = None
    phase: PhaseName | None = None

    @classmethod
    def of(cls, error: BaseException, fqdn: str = "") -> Ending:
        """Return the ending that an error means, its remedy with the Sovereign's name."""
        if not isinstance(error, CatalystError):
            facts = {"code": type(error).__name__, "fqdn": fqdn}
            return cls(outcome=Outcome.FAILED, remedy=explain("unexpected", facts))
        outcomes: tuple[tuple[type[CatalystError], Outcome], ...] = (
            (DecisionNeeded, Outcome.NEEDS_DECISION),
            (Incomplete, Outcome.INCOMPLETE),
            (Cancelled, Outcome.CANCELLED),
        )
        outcome = next((end for kind, end in outcomes if isinstance(error, kind)), Outcome.FAILED)
        phase = PhaseName(error.phase) if error.phase else None
        return cls(outcome=outcome, remedy=remedy_of(error, fqdn), phase=phase)


async def walk(run: Run, command: Command, view: View) -> Ending:
    """Walk the road that the command names and return how it ended."""
    road = asyncio.create_task(_walked(run, command, view))
    run.cancellation.watch(road)
    try:
        return Ending(outcome=await road)
    except asyncio.CancelledError:
        if not run.cancellation.requested:
            raise
        return await _cancelled(run, command, view)
    except Cancelled:
        return await _cancelled(run, command, view)
    except CatalystError as error:
        return _failed(error, command, view)


def _failed(error: CatalystError, command: Command, view: View) -> Ending:
    ending = _with_what_is_rented(Ending.of(error, view.fqdn), view)
    return _goes_on_down(ending, view.fqdn) if command == "destroy" else ending


def _with_what_is_rented(ending: Ending, view: View) -> Ending:
    """Return the ending; a token that is refused once something is rented was good before."""
    refused = ending.remedy is not None and ending.remedy.code == "hetzner_unauthorized"
    if not refused or view.rented_since is None:
        return ending
    remedy = explain("token_revoked", {"fqdn": view.fqdn})
    return msgspec.structs.replace(ending, remedy=remedy)


def _goes_on_down(ending: Ending, fqdn: str) -> Ending:
    """Return the ending of a destroy: another one goes on with it, where resume would build."""
    if ending.remedy is None:
        return ending
    down = f"`catalyst destroy {fqdn} --confirm {fqdn}`"
    remedy = msgspec.structs.replace(
        ending.remedy,
        action=ending.remedy.action.replace(f"`catalyst resume {fqdn}`", down),
        next=tuple(
            dict.fromkeys("destroy" if each == "resume" else each for each in ending.remedy.next)
        ),
    )
    return msgspec.structs.replace(ending, remedy=remedy)


async def _walked(run: Run, command: Command, view: View) -> Outcome:
    await asyncio.to_thread(restore_owner, run.folder, view.dns_owner)
    try:
        return await _ROADS[command](run, view)
    except TofuError as error:
        if error.code != LOCKED or not await unlocked(run, error):
            raise
    return await _ROADS[command](run, view)


async def _cancelled(run: Run, command: Command, view: View) -> Ending:
    """Leave nothing at the cloud that the state does not know, then say so.

    That takes its time too: the second step of a cancel abandons it.
    """
    if not view.settled and not run.cancellation.forced:
        settling = asyncio.create_task(settle(run, view))
        run.cancellation.watch(settling, by_force=True)
        try:
            await settling
        except CatalystError as error:
            return _failed(error, command, view)
        except asyncio.CancelledError:
            if not run.cancellation.forced:
                raise
    abandoned = run.cancellation.forced and not view.settled
    code = "destroy_cancelled" if command == "destroy" else "cancelled"
    if code == "cancelled" and not await asyncio.to_thread(may_be_rented, run.folder, view):
        code = "cancelled_unrented"
    code = "cancelled_by_force" if abandoned else code
    return Ending(outcome=Outcome.CANCELLED, remedy=explain(code, {"fqdn": run.fqdn}))


async def _plan_road(run: Run, view: View) -> Outcome:
    await _planned(run, view, await _checked(run, view))
    return Outcome.PLANNED


async def _apply_road(run: Run, view: View) -> Outcome:
    # A plan to take everything down lies where this one was.
    saved = view.plan if view.razing is None else None
    if saved is None or not _is_the_named(run, saved):
        saved = await _planned(run, view, await _checked(run, view))
    outputs = await _applied(run, view, saved)
    return await _bootstrapped(run, outputs)


async def _applied(run: Run, view: View, saved: PlanSaved) -> Mapping[str, object]:
    """Apply the plan; what passes is waited for, and the rest is planned and applied anew."""
    attempt = 1
    while True:
        confirm(run, view, saved)
        try:
            async with stage(run, PhaseName.APPLY):
                return await apply(run, saved)
        except TofuError as error:
            attempt = await recover(run, view, error, attempt)
        saved = await _planned(run, view)


def _is_the_named(run: Run, saved: PlanSaved) -> bool:
    """Return whether the saved plan is the one to apply: named by hash, and of these answers."""
    return saved.sha256 == run.consent.plan and saved.spec_digest == run.spec.digest()


async def _dns_road(run: Run, view: View) -> Outcome:
    """Look at the name and from outside once more; of the cluster nothing is asked."""
    if not view.ready:
        raise DnsError("dns_before_ready", fqdn=run.fqdn)
    await named(run, view.outputs)
    await seen(run, view.outputs)
    return Outcome.READY


async def _destroy_road(run: Run, _view: View) -> Outcome:
    async with stage(run, PhaseName.DESTROY):
        await destroy(run, confirmed=run.consent.destroy)
    return Outcome.DESTROYED


async def _inventory_road(run: Run, _view: View) -> Outcome:
    """List what a destroy would take down; that ends as a question, and changes nothing."""
    async with stage(run, PhaseName.DESTROY):
        await destroy(run, confirmed=False)
    return Outcome.CHANGED


async def _access_road(run: Run, view: View) -> Outcome:
    await change_networks(run, view)
    return Outcome.CHANGED


async def _checked(run: Run, view: View) -> StateFound | None:
    """Ask reality before money is spent; once something is rented, the plan is the check.

    Returns what the state holds of which the journal, being lost, knows nothing.
    """
    if view.rented_since is not None:
        return None
    async with stage(run, PhaseName.PREFLIGHT):
        if found := await find_state(run):
            run.emit(found)
            return found
        blocking = await _blocking(run)
        while run.consent.wait_for_stock and await outwaited(run, blocking):
            # Others wait for the same stock: it may be gone again.
            blocking = await _blocking(run)
        if blocking:
            raise AnswersRefused("preflight_blocked", fqdn=run.fqdn)
    return None


async def _blocking(run: Run) -> list[Finding]:
    return [each for each in await preflight(run) if each.severity is Severity.BLOCKING]


async def _planned(run: Run, view: View, found: StateFound | None = None) -> PlanSaved:
    """Plan, once state and cloud agree; ``found`` may not have reached the view yet."""
    founded = view.founded or (found is not None and found.servers > 0)
    async with stage(run, PhaseName.PLAN):
        await mend(run)
        listed = await settle(run, view) if found or not view.settled else None
        drafted = await patiently(run, lambda: draft(run, first=not founded))
        if found or view.rented_since is not None:
            # A state can be lost between two runs, and no backend is asked more than this.
            changes = drafted.saved.changes
            if missing := await lost(run, changes, listed):
                run.warn(TofuError("state_lost", fqdn=run.fqdn, count=missing))
                await settle(run, view, changes)
                drafted = await patiently(run, lambda: draft(run, first=not founded))
        await refuse_resizes(run, view, drafted.saved)
        return journaled(run, drafted)


async def _bootstrapped(run: Run, outputs: Mapping[str, object]) -> Outcome:
    async with naming(run, outputs):
        await _made_healthy(run, outputs)
    await seen(run, outputs)
    return Outcome.READY


async def _made_healthy(run: Run, outputs: Mapping[str, object]) -> None:
    # Only here: a runner that waits for stock, perhaps for days, need not hold what speaks SSH.
    from provisioner.cluster.kit import apply_kit
    from provisioner.phases.access import access
    from provisioner.phases.bootstrap import bootstrap

    async with AsyncExitStack() as held:
        async with stage(run, PhaseName.ACCESS):
            await switched_on(run)
            cluster = await held.enter_async_context(access(run, outputs))
        async with stage(run, PhaseName.BOOTSTRAP):
            expected = await apply_kit(run, cluster, outputs)
            await bootstrap(run, cluster, expected)


_ROADS: Mapping[str, Callable[[Run, View], Coroutine[None, None, Outcome]]] = {
    "plan": _plan_road,
    "apply": _apply_road,
    "resume": _apply_road,
    "dns": _dns_road,
    "destroy": _destroy_road,
    "inventory": _inventory_road,
    "access": _access_road,
}
