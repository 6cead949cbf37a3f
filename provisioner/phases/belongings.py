"""What belongs to a Sovereign, by every witness: OpenTofu's state, labels, what hangs on it, DNS.

No witness is indispensable: a state that is lost or cannot be opened, and a zone that does not
answer, are said, and the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from provisioner.errors import CatalystError, TofuError
from provisioner.events import Remarked, StateFound
from provisioner.facts import PhaseName, ResourceItem
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import Known
from provisioner.phases.dns import held_names, take_up_name
from provisioner.phases.opentofu import lay_out, open_tofu
from provisioner.remedies import explain, remedy_of
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.translate import kind_of
from provisioner.tofu.workspace import STATE, has_state, mend_state, was_initialised

State = tuple[planfile.StateResource, ...]
_WRONG = "tofu_wrong_passphrase"
_LOCAL = "local"


async def read_state(run: Run, hetzner: Hetzner) -> State | None:
    """Return what the state holds; a lost one holds nothing, None is one that cannot be opened.

    Raises TofuError when a backend that may well hold it does not answer.
    """
    if not await _laid_out(run, hetzner):
        return ()
    try:
        return planfile.in_state(await open_tofu(run).show())
    except TofuError as error:
        closed = error.code == _WRONG or (error.code == "tofu_unreadable" and _is_local(run))
        if not closed:
            raise
        said = explain("state_closed", {"reason": remedy_of(error).what})
        text = f"{said.what} {said.means}"
        run.emit(Remarked(source="tofu", text=text, level="warning"))
        return None


async def find_state(run: Run) -> StateFound | None:
    """Return what the state holds, for a journal that knows of nothing rented; None for nothing.

    Raises TofuError for a state that is there and cannot be read: a plan could not read it either.
    Destroy goes on without one, by label, so ``read_state`` forgives that, and lays out a folder
    that was lost; here the plan that follows needs the state open, and lays out the folder itself.
    """
    directory = run.folder.tofu
    if not await asyncio.to_thread(lambda: has_state(directory) and was_initialised(directory)):
        return None
    try:
        held = planfile.in_state(await open_tofu(run).show())
    except TofuError as error:
        # No answer is at fault, so this is not preflight's refusal.
        error.phase = PhaseName.PLAN
        raise
    servers = sum(each.type == "hcloud_server" for each in held)
    return StateFound(resources=len(held), servers=servers) if held else None


async def _laid_out(run: Run, hetzner: Hetzner) -> bool:
    """Return whether there is a state to read; a folder that was lost asks its backend anew."""
    if _is_local(run):
        await mend(run)
        return await asyncio.to_thread((run.folder.tofu / STATE).exists)
    if not await asyncio.to_thread(was_initialised, run.folder.tofu):
        await lay_out(run, hetzner, first=False)
    return True


async def mend(run: Run) -> None:
    """Have no state that a full disk has torn, and say so; what it lacks is taken in later."""
    if _is_local(run) and await asyncio.to_thread(mend_state, run.folder.tofu):
        run.warn(TofuError("state_torn", fqdn=run.fqdn), "tofu")


def _is_local(run: Run) -> bool:
    return run.settings.state.backend == _LOCAL


def known(state: State | None) -> Known:
    """Return (kind, id) of all that a state holds."""
    return frozenset((kind_of(each.type), each.id) for each in state or ())


async def set_state_aside(run: Run) -> None:
    """Rename a state that cannot be opened and describes nothing that exists any more.

    One that is kept elsewhere is its backend's.
    """
    if not _is_local(run):
        return
    state = run.folder.tofu / STATE
    target = state.with_name(f"{STATE}.closed-{run.number:04}")
    await asyncio.to_thread(state.replace, target)


async def names(run: Run, items: Iterable[ResourceItem]) -> tuple[ResourceItem, ...]:
    """Return the Sovereign's records in its zone; one that does not answer is said.

    ``items`` are what is rented for it: its load balancer proves whose name leads there.
    """
    balancers = (each for each in items if each.kind == "load_balancer")
    try:
        await take_up_name(run, {each.address for each in balancers if each.owner != "attached"})
    except CatalystError as error:
        run.warn(error)
        return ()
    return await names_left(run)


async def names_left(run: Run) -> tuple[ResourceItem, ...]:
    """Return what is known as ours in the zone; one that does not answer is said.

    What nothing proved before is not asked for again: less is rented by now, so nothing more is
    proved, and the operator was told.
    """
    try:
        return await held_names(run)
    except CatalystError as error:
        run.warn(error)
        return ()
