"""Destroy: everything that was rented is given back, and an empty listing proves it.

Servers go off first, so that Kubernetes makes no volume or load balancer anew; then OpenTofu takes
down what its state knows, and a sweep by label what it does not. A state that is lost, or that its
passphrase does not open, leaves all to the sweep. What belongs to others is never touched.
"""

from __future__ import annotations

import asyncio

from provisioner.errors import CatalystError, DecisionNeeded, DnsError, TofuError
from provisioner.events import DestroyStarted, InventoryListed, PlanConfirmed, PlanSaved
from provisioner.facts import ResourceItem
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import Inventory, read_inventory
from provisioner.hetzner.sweep import sweep, switch_off, unprotect, wait_for_actions
from provisioner.phases.again import outwait, patiently
from provisioner.phases.apply import carry_out
from provisioner.phases.belongings import (
    State,
    known,
    names,
    names_left,
    read_state,
    set_state_aside,
)
from provisioner.phases.dns import release_name
from provisioner.phases.opentofu import open_tofu
from provisioner.phases.plan import plan
from provisioner.run import Run
from provisioner.tofu.workspace import PLAN

_VOLUME = "volume"


async def destroy(run: Run, *, confirmed: bool) -> None:
    """Take the Sovereign down and list until nothing of it is left, but volumes that are kept.

    Raises DecisionNeeded, after the listing, unless ``confirmed``, or while it is open what becomes
    of volumes, of what is protected, or of others' servers that hang on what would go: nothing is
    deleted then.
    """
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        state = await read_state(run, hetzner)
        before = await read_inventory(hetzner, run.fqdn, known(state))
        held = await names(run, before.items)
        _list(run, "before", before, held)
        _ask(run, before, len(before.items) + len(held), confirmed=confirmed)
        run.emit(DestroyStarted())
        # First of all: a name that outlives its address leads to whoever rents that next.
        kept_name = await _released(run)
        kept = (_VOLUME,) if run.consent.keep_volumes else ()
        await _by_plan(run, hetzner, await _ready_and_planned(run, hetzner, before, kept, state))
        after = await sweep(hetzner, run.fqdn, run.clock, run.emit, kept=kept, known=known(state))
    for past in (run.folder.tofu / PLAN, run.folder.first_contact):
        await asyncio.to_thread(past.unlink, missing_ok=True)
    if state is None:
        await set_state_aside(run)
    _list(run, "after", after, await names_left(run))
    if kept_name is not None:
        raise kept_name


def _list(run: Run, when: str, found: Inventory, held: tuple[ResourceItem, ...]) -> None:
    items = (*found.items, *held)
    run.emit(InventoryListed(when=when, items=items, foreign=found.foreign))


async def _released(run: Run) -> CatalystError | None:
    """Give the name back; a zone that refuses is no reason to go on paying for servers."""
    try:
        await release_name(run)
    except CatalystError as error:
        reason = run.warn(error).what.rstrip(".")
        return DnsError("dns_not_released", fqdn=run.fqdn, reason=reason)
    return None


def _ask(run: Run, before: Inventory, count: int, *, confirmed: bool) -> None:
    """Raise DecisionNeeded without the typed name, and for what that alone does not decide."""
    shared = _shared(run, before)
    if not confirmed:
        if shared is not None:
            run.warn(shared, "cloud")
        which = "the rehearsed Sovereign " if run.world.rehearsed else ""
        raise DecisionNeeded("destroy_unconfirmed", fqdn=run.fqdn, count=count, which=which)
    if shared is not None:
        raise shared
    volumes = [each.name for each in before.items if each.kind == _VOLUME]
    if volumes and run.consent.keep_volumes is None:
        raise DecisionNeeded("destroy_volumes", fqdn=run.fqdn, names=", ".join(volumes))
    kept = {_VOLUME} if run.consent.keep_volumes else set()
    guarded = [each for each in before.protected if each.kind not in kept]
    if guarded and not run.consent.unprotect:
        names = ", ".join(f"{each.kind} {each.name}" for each in guarded)
        raise DecisionNeeded("destroy_protected", fqdn=run.fqdn, names=names)


def _shared(run: Run, before: Inventory) -> DecisionNeeded | None:
    """Return the question what becomes of others' servers that hang on what would go.

    Their owner takes them out: Hetzner keeps a subnet while anything is in it, and the provider
    would go on asking for most of an hour.
    """
    if not before.dependents:
        return None
    names = ", ".join(each.name for each in before.dependents)
    return DecisionNeeded("destroy_shared", fqdn=run.fqdn, names=names)


async def _make_ready(run: Run, hetzner: Hetzner, before: Inventory, kept: tuple[str, ...]) -> None:
    """Leave nothing that runs, that is guarded, or that Kubernetes made in the way of the rest."""
    await wait_for_actions(hetzner, before.items, run.clock)
    guarded = [each for each in before.protected if each.kind not in kept]
    await unprotect(hetzner, guarded)
    running = [each for each in before.running if each.owner == "label"]
    await switch_off(hetzner, running)
    await wait_for_actions(hetzner, {*guarded, *running}, run.clock)


async def _ready_and_planned(
    run: Run, hetzner: Hetzner, before: Inventory, kept: tuple[str, ...], state: State | None
) -> PlanSaved | None:
    """Plan while the servers go off; None where no state tells what to plan."""
    planned = None
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_make_ready(run, hetzner, before, kept))
            if state:
                planned = tasks.create_task(_planned(run))
    except ExceptionGroup as group:
        # One reason is enough, and callers expect an error they can explain.
        raise group.exceptions[0] from None
    return planned.result() if planned else None


async def _planned(run: Run) -> PlanSaved:
    return await patiently(run, lambda: plan(run, destroy=True))


async def _by_plan(run: Run, hetzner: Hetzner, saved: PlanSaved | None) -> None:
    """Have OpenTofu take down what its state knows; what passes at the cloud is waited for."""
    attempt = 1
    while saved is not None:
        run.emit(PlanConfirmed(sha256=saved.sha256, by="name"))
        try:
            await carry_out(run, open_tofu(run), saved.sha256, saved.changes)
        except TofuError as error:
            await outwait(run, error, attempt)
        else:
            return
        attempt += 1
        saved = await _planned(run) if await read_state(run, hetzner) else None
