"""Settle: after an interruption, the state and the cloud are made to know the same.

An interrupted OpenTofu abandons its waits: a server ends tainted though it runs, a firewall exists
that the state never heard of. So Hetzner's own actions are waited for, everything is listed by
label, and what the plan wanted is imported or untainted. Nothing is removed that may hold data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from provisioner.events import (
    InventoryListed,
    Remarked,
    ResourceReconciled,
    WaitFinished,
    WaitStarted,
)
from provisioner.facts import Change, ResourceItem
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import Inventory, read_inventory
from provisioner.hetzner.sweep import wait_for_actions
from provisioner.phases.adopt import Adoption, Ids
from provisioner.phases.opentofu import open_tofu, secret_variables
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.adoption import Adoptable, adoptable
from provisioner.tofu.command import Tofu
from provisioner.view import View

_UNTAINTABLE = frozenset({"hcloud_server", "hcloud_load_balancer", "hcloud_network"})
_PARTS = frozenset(
    {
        "hcloud_network_subnet",
        "hcloud_server_network",
        "hcloud_load_balancer_network",
        "hcloud_load_balancer_service",
        "hcloud_load_balancer_target",
    }
)
"""Parts of other resources, which no list shows: a plan looks itself whether they are there."""
_OF_KUBERNETES = frozenset({"volume"})
"""Kinds that a cluster makes for itself, under our label and outside every state."""
_WAIT = "actions"
Known = tuple[planfile.StateResource, ...]
Items = tuple[ResourceItem, ...]


async def settle(run: Run, view: View, changes: Sequence[Change] | None = None) -> Inventory:
    """Leave nothing at the cloud that the state does not know; journal what was done.

    ``changes`` are those of the plan that makes what is to be taken in: the confirmed one, if not
    said otherwise. Returns what there is at the end. Raises HetznerError or TofuError when that
    cannot be reached: nothing is settled then, and the next run tries again.
    """
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        started = run.clock.monotonic()
        run.emit(WaitStarted(key=_WAIT, what="Hetzner to finish what was in flight", usual=15))
        began = await read_inventory(hetzner, run.fqdn)
        await wait_for_actions(hetzner, began.items, run.clock)
        run.emit(WaitFinished(key=_WAIT, seconds=round(run.clock.monotonic() - started, 1)))
        inventory = await read_inventory(hetzner, run.fqdn)
        tofu = open_tofu(run, await secret_variables(run))
        known = planfile.in_state(await tofu.show())
        await _untaint(run, tofu, known, inventory.items)
        if changes is None:
            changes = view.confirmed.changes if view.confirmed else ()
        wanted = _wanted(changes, known, inventory)
        accounted = await Adoption(run, tofu, view, hetzner, inventory).take_in(wanted)
        _remark_unknown(run, known, accounted, inventory.items)
        left = await read_inventory(hetzner, run.fqdn)
    run.emit(InventoryListed(when="cancel", items=left.items, foreign=left.foreign))
    return left


async def lost(run: Run, changes: Iterable[Change], found: Inventory | None) -> int:
    """Return how much of what a plan creates is there already: the state has lost it.

    ``found`` is what was listed last; None lists, where the plan creates anything at all. Raises
    HetznerError.
    """
    created = [each for each in changes if each.action == "create"]
    if not created:
        return 0
    if found is None:
        async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
            found = await read_inventory(hetzner, run.fqdn)
    return sum(1 for _ in adoptable(created, found.items, found.parts, ()))


async def _untaint(run: Run, tofu: Tofu, known: Known, items: Items) -> None:
    """Keep what was finished by Hetzner although OpenTofu no longer waited for it.

    What it has become since is read into the state, where it would seem to be changed by hand.
    """
    exists = {(f"hcloud_{each.kind}", each.id) for each in items}
    kept: list[str] = []
    for number, each in enumerate(known):
        whole = each.type in _UNTAINTABLE and (each.type, each.id) in exists
        if each.tainted and (whole or each.type in _PARTS):
            # OpenTofu takes exactly one address at a time here.
            await tofu.run(f"untaint-{number}", "untaint", each.address)
            kind = each.type.removeprefix("hcloud_")
            run.emit(ResourceReconciled(kind=kind, id=each.id, name=each.name, how="untainted"))
            kept.append(f"-target={each.address}")
    if kept:
        await tofu.run("refresh", "apply", "-refresh-only", "-auto-approve", "-input=false", *kept)


def _wanted(changes: Iterable[Change], known: Known, found: Inventory) -> list[Adoptable]:
    """Return what a plan makes and the cloud has, but the state lacks."""
    addresses = [each.address for each in known]
    return list(adoptable(changes, found.items, found.parts, addresses))


def _remark_unknown(run: Run, known: Known, accounted: Ids, items: Items) -> None:
    """Say what else bears our label; it may hold data, and nobody was asked: it is left alone."""
    ids = accounted | {(each.type.removeprefix("hcloud_"), each.id) for each in known}
    for each in items:
        unknown = each.owner == "label" and (each.kind, each.id) not in ids
        if unknown and each.kind not in _OF_KUBERNETES:
            text = f"{each.kind} {each.name} bears the label, but no state knows it: left alone."
            run.emit(Remarked(source="cloud", level="warning", text=text))
