"""Settle: after an interruption, the state and the cloud are made to know the same.

An interrupted OpenTofu abandons its waits: a server ends tainted though it runs, a firewall exists
that the state never heard of. So Hetzner's own actions are waited for, everything is listed by
label, what the plan wanted is imported or untainted, and what it could not adopt is removed.
"""

from __future__ import annotations

from provisioner.errors import TofuError
from provisioner.events import (
    InventoryListed,
    Remarked,
    ResourceReconciled,
    WaitFinished,
    WaitStarted,
)
from provisioner.facts import ResourceItem
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import read_inventory
from provisioner.hetzner.sweep import delete, wait_for_actions
from provisioner.phases.opentofu import node_keys, open_tofu
from provisioner.run import Run
from provisioner.tofu import planfile
from provisioner.tofu.adoption import WAS_MADE, Adoptable, adoptable
from provisioner.tofu.command import Tofu
from provisioner.tofu.nodekeys import sensitive_variables
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


async def settle(run: Run, view: View) -> None:
    """Leave nothing at the cloud that the state does not know; journal what was done.

    Raises HetznerError or TofuError when that cannot be reached.
    """
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        started = run.clock.monotonic()
        run.emit(WaitStarted(key=_WAIT, what="Hetzner to finish what was in flight", usual=15))
        began = await read_inventory(hetzner, run.fqdn)
        await wait_for_actions(hetzner, began.items, run.clock)
        run.emit(WaitFinished(key=_WAIT, seconds=round(run.clock.monotonic() - started, 1)))
        inventory = await read_inventory(hetzner, run.fqdn)
        tofu = open_tofu(run, sensitive_variables(node_keys(run.spec)))
        known = planfile.in_state(await tofu.show())
        await _untaint(run, tofu, known, inventory.items)
        if await _adopt(run, tofu, view, known, inventory.items):
            known = planfile.in_state(await tofu.show())
        await _remove_unknown(run, view, known, hetzner, inventory.items)
        left = await read_inventory(hetzner, run.fqdn)
    run.emit(InventoryListed(when="cancel", items=left.items, foreign=left.foreign))


async def _untaint(run: Run, tofu: Tofu, known: Known, items: Items) -> None:
    """Keep what was finished by Hetzner although OpenTofu no longer waited for it."""
    exists = {(f"hcloud_{each.kind}", each.id) for each in items}
    for number, each in enumerate(known):
        whole = each.type in _UNTAINTABLE and (each.type, each.id) in exists
        if each.tainted and (whole or each.type in _PARTS):
            await tofu.run(f"untaint-{number}", "untaint", each.address)
            kind = each.type.removeprefix("hcloud_")
            run.emit(ResourceReconciled(kind=kind, id=each.id, name=each.name, how="untainted"))


async def _adopt(run: Run, tofu: Tofu, view: View, known: Known, items: Items) -> bool:
    """Import what the confirmed plan wanted and the cloud has; return whether there was any."""
    if view.confirmed is None:
        return False
    adopted = False
    addresses = [each.address for each in known]
    for number, each in enumerate(adoptable(view.confirmed.changes, items, addresses)):
        if await _import(tofu, number, each):
            adopted = True
            run.emit(ResourceReconciled(kind=each.kind, id=each.id, name=each.name, how="imported"))
    return adopted


async def _import(tofu: Tofu, number: int, wanted: Adoptable) -> bool:
    """Return whether the import took; one of a part that does not exist does not."""
    try:
        await tofu.run(f"import-{number}", "import", "-input=false", wanted.address, wanted.id)
    except TofuError as error:
        if error.code != "tofu_failed":
            raise
        return False
    return True


async def _remove_unknown(
    run: Run, view: View, known: Known, hetzner: Hetzner, items: Items
) -> None:
    """Remove what the confirmed plan was to make and could not be adopted: it is nobody's.

    Whatever else bears our label may hold data: a volume that Kubernetes made, a server whose state
    was lost. It is never removed here, for nobody was asked.
    """
    changes = view.confirmed.changes if view.confirmed else ()
    ours_to_undo = {(each.kind, each.name) for each in changes if each.action in WAS_MADE}
    ids = {(each.type, each.id) for each in known}
    for each in items:
        if each.owner != "label" or (f"hcloud_{each.kind}", each.id) in ids:
            continue
        if (each.kind, each.name) in ours_to_undo:
            await delete(hetzner, each)
            run.emit(ResourceReconciled(kind=each.kind, id=each.id, name=each.name, how="removed"))
        elif each.kind not in _OF_KUBERNETES:
            text = f"{each.kind} {each.name} bears the label, but no state knows it: left alone."
            run.emit(Remarked(source="cloud", level="warning", text=text))
