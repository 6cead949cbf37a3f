"""Plays the storage provisioner: claims are bound after a while, or never."""

from __future__ import annotations

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import counting
from provisioner.rehearsal.actor.kinds import CLAIMS, STATEFUL_SETS
from provisioner.rehearsal.actor.manifests import release_of
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.store import Key

MANAGER = "persistentvolume-controller"
LATE = (
    "failed to provision volume with StorageClass: rpc error: code = ResourceExhausted "
    "desc = volume limit exceeded"
)


class Volumes:
    """Binds claims."""

    def __init__(self, scene: Scene, recorder: Recorder) -> None:
        self._scene = scene
        self._recorder = recorder

    async def reconcile(self, key: Key) -> float | None:
        """Bind a claim, or say why it is not bound."""
        claim = self._scene.store.get(CLAIMS, key)
        if claim is None or claim.get("status", {}).get("phase") == "Bound":
            return None
        if claim.get("status", {}).get("phase") is None:
            await self._write(claim, {"phase": "Pending"})
        if self._refused(claim):
            await self._recorder.event(claim, "ProvisioningFailed", LATE, MANAGER, warning=True)
            return 30.0
        await self._scene.clock.sleep(self._scene.script.latencies["kube"]["bind"])
        wanted = claim["spec"]["resources"]["requests"]
        modes = claim["spec"]["accessModes"]
        await self._write(claim, {"phase": "Bound", "capacity": wanted, "accessModes": modes})
        return None

    def _refused(self, claim: Object) -> bool:
        meta = claim["metadata"]
        workload = str(meta.get("annotations", {}).get(counting.OWNER, ""))
        owner = self._scene.get(STATEFUL_SETS, meta["namespace"], workload)
        release = release_of(owner) if owner else Key("", "")
        return self._scene.script.claims_stay_pending(release, workload)

    async def _write(self, claim: Object, status: dict[str, object]) -> None:
        await self._scene.patch(CLAIMS, claim, {"status": status}, MANAGER, "status")
