"""Taking away what belongs to a Sovereign, straight at the API, until a listing shows nothing.

Used where OpenTofu's state does not know a resource. Only what carries the Sovereign's label, or
hangs on such a resource, is ever touched. Source: the API's documentation on deletion; a deleted
resource may be listed for some seconds more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from provisioner.clock import Clock
from provisioner.errors import HetznerError
from provisioner.events import Event, ResourceReconciled
from provisioner.facts import ResourceItem
from provisioner.hetzner.client import Hetzner
from provisioner.hetzner.inventory import KINDS, Inventory, Known, read_inventory

ORDER = tuple(KINDS)
"""Kinds in the order in which they can be deleted: what holds others goes before what is held."""
PATIENCE = 300.0
"""Seconds in which a listing must become empty."""
PAUSE = 2.0
"""Seconds between two listings."""
GLANCE = 0.5
"""Seconds between two looks at actions, which mostly take a few."""
_NOT_YET = frozenset(
    {
        "conflict",
        "firewall_resource_not_found",  # its server went after it was listed
        "locked",
        "must_be_unassigned",
        "protected",
        "resource_in_use",
    }
)
_HAS_ACTIONS = ("server", "load_balancer", "network", "firewall", "volume", "primary_ip")


async def wait_for_actions(hetzner: Hetzner, items: Iterable[ResourceItem], clock: Clock) -> None:
    """Wait until none of these is still being changed by Hetzner; raises HetznerError."""
    deadline = clock.monotonic() + PATIENCE
    waiting = [each for each in items if each.kind in _HAS_ACTIONS]
    while waiting:
        waiting = [each for each in waiting if await _is_changing(hetzner, each)]
        if not waiting:
            return
        if clock.monotonic() > deadline:
            raise HetznerError("hetzner_action_endless", kind=waiting[0].kind, name=waiting[0].name)
        await clock.sleep(min(PAUSE, GLANCE * len(waiting)))


async def delete(hetzner: Hetzner, item: ResourceItem) -> None:
    """Delete one resource; one that is gone already is no error. Raises HetznerError."""
    path = f"/{KINDS[item.kind]}/{item.id}"
    try:
        if item.kind == "volume":
            await _release(hetzner, path)
        if item.kind == "firewall":
            await _lift(hetzner, path)
        await hetzner.call("DELETE", path)
    except HetznerError as error:
        if error.facts.get("api_code") != "not_found":
            raise


async def switch_off(hetzner: Hetzner, servers: Iterable[ResourceItem]) -> None:
    """Cut the power of servers, so that Kubernetes makes nothing new while it is taken down.

    Raises HetznerError; a server that is gone or busy is no error.
    """
    await _switch(hetzner, servers, "poweroff")


async def switch_on(hetzner: Hetzner, servers: Iterable[ResourceItem]) -> None:
    """Give servers their power back; raises HetznerError as ``switch_off`` does."""
    await _switch(hetzner, servers, "poweron")


async def _switch(hetzner: Hetzner, servers: Iterable[ResourceItem], action: str) -> None:
    for each in servers:
        try:
            await hetzner.call("POST", f"/servers/{each.id}/actions/{action}")
        except HetznerError as error:
            if error.facts.get("api_code") not in _NOT_YET | {"not_found"}:
                raise


async def unprotect(hetzner: Hetzner, items: Iterable[ResourceItem]) -> None:
    """Lift the protection from deletion of each resource; raises HetznerError."""
    for each in items:
        body = {"delete": False} | ({"rebuild": False} if each.kind == "server" else {})
        path = f"/{KINDS[each.kind]}/{each.id}/actions/change_protection"
        await hetzner.call("POST", path, body=body)


async def sweep(
    hetzner: Hetzner,
    fqdn: str,
    clock: Clock,
    emit: Callable[[Event], None],
    *,
    kept: Collection[str] = (),
    known: Known = frozenset(),
) -> Inventory:
    """Delete what belongs to a Sovereign until a listing shows none of it, but what is ``kept``.

    ``kept`` names kinds, ``known`` is what is ours although it bears no label. Returns that last
    listing. Raises HetznerError when something cannot be deleted in time.
    """
    deadline = clock.monotonic() + PATIENCE
    reported: set[tuple[str, str]] = set()
    while True:
        inventory = await read_inventory(hetzner, fqdn, known)
        doomed = [each for each in inventory.items if each.kind not in kept]
        if not doomed:
            return inventory
        refused: HetznerError | None = None
        for item in sorted(doomed, key=lambda each: ORDER.index(each.kind)):
            try:
                await delete(hetzner, item)
            except HetznerError as error:
                if error.facts.get("api_code") not in _NOT_YET:
                    raise
                refused = error
                continue
            if (item.kind, item.id) not in reported:
                reported.add((item.kind, item.id))
                emit(ResourceReconciled(kind=item.kind, id=item.id, name=item.name, how="removed"))
        if clock.monotonic() > deadline:
            left = ", ".join(f"{each.kind} {each.name}" for each in doomed)
            raise refused or HetznerError("hetzner_not_empty", left=left)
        await clock.sleep(PAUSE)


async def _is_changing(hetzner: Hetzner, item: ResourceItem) -> bool:
    path = f"/{KINDS[item.kind]}/{item.id}/actions"
    try:
        answer = await hetzner.get(path, status="running", per_page=1)
    except HetznerError as error:
        if error.facts.get("api_code") == "not_found":
            return False
        raise
    return bool(answer.get("actions"))


async def _release(hetzner: Hetzner, path: str) -> None:
    """Detach a volume that hangs on a server; one that hangs on none is no error."""
    volume = (await hetzner.get(path)).get("volume", {})
    if volume.get("server") is not None:
        await hetzner.call("POST", f"{path}/actions/detach", body={})


async def _lift(hetzner: Hetzner, path: str) -> None:
    """Take a firewall off what it is applied to: one applied by label is in use for ever."""
    applied = (await hetzner.get(path)).get("firewall", {}).get("applied_to") or []
    kinds = ("type", "server", "label_selector")
    named = [{key: each[key] for key in kinds if each.get(key)} for each in applied]
    if named:
        body = {"remove_from": named}
        await hetzner.call("POST", f"{path}/actions/remove_from_resources", body=body)
