"""Plays who provides storage: claims are bound after a while, or never."""

from __future__ import annotations

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import counting
from provisioner.rehearsal.actor.driver import PROVISIONER, Driver, NotRented
from provisioner.rehearsal.actor.kinds import CLAIMS, STATEFUL_SETS, STORAGE_CLASSES
from provisioner.rehearsal.actor.manifests import release_of
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.store import Key

MANAGER = "persistentvolume-controller"
DEFAULT = "storageclass.kubernetes.io/is-default-class"
LATE = (
    "failed to provision volume with StorageClass: rpc error: code = ResourceExhausted "
    "desc = volume limit exceeded"
)
INTERNAL = "failed to provision volume with StorageClass: rpc error: code = Internal desc ="
LOOK = 1.0
"""Seconds between two steps of a claim that is being provided for."""
AGAIN = 30.0
"""Seconds until what was refused is tried again."""


class Volumes:
    """Binds claims: on a node's own disk, or when a volume was rented and attached."""

    def __init__(self, scene: Scene, recorder: Recorder, driver: Driver) -> None:
        self._scene = scene
        self._recorder = recorder
        self._driver = driver

    async def reconcile(self, key: Key) -> float | None:
        """Bind a claim, or say why it is not bound."""
        claim = self._scene.store.get(CLAIMS, key)
        if claim is None or claim.get("status", {}).get("phase") == "Bound":
            return None
        if claim.get("status", {}).get("phase") is None:
            await self._write(claim, {"phase": "Pending"})
        if self._refused(claim):
            return await self._fail(claim, LATE)
        provisioner = self._provisioner(claim)
        if provisioner == PROVISIONER:
            try:
                if not await self._driver.provided(claim):
                    return LOOK
            except NotRented as refusal:
                return await self._fail(claim, f"{INTERNAL} failed to create volume: {refusal}")
        elif provisioner is None:
            return LOOK
        else:
            await self._scene.clock.sleep(self._scene.script.latencies["kube"]["bind"])
        wanted = claim["spec"]["resources"]["requests"]
        modes = claim["spec"]["accessModes"]
        await self._write(claim, {"phase": "Bound", "capacity": wanted, "accessModes": modes})
        return None

    async def _fail(self, claim: Object, told: str) -> float:
        await self._recorder.event(claim, "ProvisioningFailed", told, MANAGER, warning=True)
        return AGAIN

    def _provisioner(self, claim: Object) -> str | None:
        """Return who provides for a claim; None while there is no such storage class."""
        wanted = claim["spec"].get("storageClassName")
        for each in self._scene.store.all(STORAGE_CLASSES):
            meta = each["metadata"]
            usual = meta.get("annotations", {}).get(DEFAULT) == "true"
            if meta["name"] == wanted or (wanted is None and usual):
                return str(each["provisioner"])
        return None

    def _refused(self, claim: Object) -> bool:
        meta = claim["metadata"]
        workload = str(meta.get("annotations", {}).get(counting.OWNER, ""))
        owner = self._scene.get(STATEFUL_SETS, meta["namespace"], workload)
        release = release_of(owner) if owner else Key("", "")
        return self._scene.script.claims_stay_pending(release, workload)

    async def _write(self, claim: Object, status: dict[str, object]) -> None:
        await self._scene.patch(CLAIMS, claim, {"status": status}, MANAGER, "status")
