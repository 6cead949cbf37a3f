"""What each of Flux's controllers does around its own work: a finalizer, a suspension, an end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Gone, Status

FINALIZER = "finalizers.fluxcd.io"
Work = Callable[[Status], Awaitable[float | None]]
End = Callable[[Object], Awaitable[None]]


async def live(
    scene: Scene, resource: Resource, item: Object, manager: str, work: Work, end: End | None = None
) -> float | None:
    """Bring one object forward by ``work``; returns when to look again, None for never.

    ``end`` takes away what the object made, once it is being deleted. What is suspended makes
    nothing and takes nothing away.
    """
    suspended = bool(item["spec"].get("suspend"))
    if "deletionTimestamp" in item["metadata"]:
        if end is not None and not suspended:
            await end(item)
        await scene.patch(resource, item, {"metadata": {"finalizers": []}}, manager)
        return None
    if FINALIZER not in item["metadata"].get("finalizers", ()):
        wanted = {"metadata": {"finalizers": [FINALIZER]}}
        await scene.patch(resource, item, wanted, manager)
        await scene.clock.sleep(scene.script.flux["finalizer_requeue"])
        return 0
    status = Status(scene, resource, item, manager)
    try:
        if suspended:
            await status.close()
            return None
        return await work(status)
    except Gone:
        return None
