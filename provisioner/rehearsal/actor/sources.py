"""Plays source-controller: repositories and charts are fetched, or not, and say so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor import fetching
from provisioner.rehearsal.actor.fetching import Failed, Fetched
from provisioner.rehearsal.actor.kinds import SOURCES
from provisioner.rehearsal.actor.lifetime import live
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Status
from provisioner.rehearsal.actor.store import Key

MANAGER = "source-controller"
Fetch = Callable[[Scene, Object], Awaitable[Fetched | Failed]]
_FETCH: dict[str, Fetch] = {
    "HelmRepository": fetching.repository,
    "OCIRepository": fetching.artifact,
    "HelmChart": fetching.chart,
    "GitRepository": fetching.git,
}


class Sources:
    """Reconciles the sources of one kind."""

    def __init__(self, scene: Scene, recorder: Recorder, kind: str) -> None:
        self._scene = scene
        self._recorder = recorder
        self._resource: Resource = SOURCES[kind]
        self._fetch = _FETCH[kind]
        self._failures: dict[Key, int] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Bring one source forward; returns when to look again."""
        item = self._scene.store.get(self._resource, key)
        if item is None or item["spec"].get("type") == "oci":
            return None
        return await live(self._scene, self._resource, item, MANAGER, partial(self._pass, key))

    async def _pass(self, key: Key, status: Status) -> float | None:
        observed = status.fields.get("observedGeneration", -1)
        ready = (status.get("Ready") or {}).get("status") == "True"
        done = observed == status.generation and (ready or status.get("Stalled") is not None)
        asked = status.requested != status.fields.get("lastHandledReconcileAt", "")
        if done and not asked:
            return None
        if done:
            status.set("Reconciling", "True", "Progressing", "reconciliation in progress")
            await status.write()
            status.drop("Reconciling")
            await status.write()
            await status.close()
            return None
        return await self._build(key, status, observed)

    async def _build(self, key: Key, status: Status, observed: int) -> float | None:
        told = f"processing object: new generation {observed} -> {status.generation}"
        await self._progress(status, told, ready=status.get("Ready") is None)
        if "artifact" not in status.fields:
            await self._progress(status, "building artifact", ready=True)
        await self._scene.clock.sleep(self._scene.script.flux["fetch"])
        outcome = await self._fetch(self._scene, status.item)
        if isinstance(outcome, Fetched):
            await self._stored(status, outcome)
            self._failures.pop(key, None)
            return None
        await self._failed(status, outcome)
        return None if outcome.stalled else self._backoff(key)

    async def _progress(self, status: Status, told: str, *, ready: bool) -> None:
        status.drop("Stalled")
        status.set("Reconciling", "True", "Progressing", told)
        if ready:
            status.set("Ready", "Unknown", "Progressing", told)
        await status.write()

    async def _stored(self, status: Status, fetched: Fetched) -> None:
        known = status.fields.get("artifact")
        if known is not None and known["revision"] != fetched.revision:
            status.set("ArtifactOutdated", "True", fetched.outdated, fetched.stored)
        if known is None or status.get("ArtifactOutdated"):
            await self._progress(status, fetched.building, ready=True)
        await status.write(**fetched.before)
        notes = {"source.toolkit.fluxcd.io/revision": fetched.revision}
        await self._recorder.event(
            status.item, fetched.event, fetched.announced, MANAGER, annotations=notes
        )
        status.drop("Reconciling", "Stalled", "FetchFailed", "ArtifactOutdated")
        status.set("Ready", "True", fetched.reason, fetched.stored)
        status.set("ArtifactInStorage", "True", fetched.reason, fetched.stored)
        await status.write()
        artifact = fetched.artifact | {"lastUpdateTime": self._scene.now()}
        await status.close(artifact=artifact, **fetched.after)

    async def _failed(self, status: Status, failed: Failed) -> None:
        await self._recorder.event(
            status.item, failed.reason, failed.message, MANAGER, warning=failed.warning
        )
        if failed.stalled:
            status.drop("Reconciling")
            status.set("Stalled", "True", failed.reason, failed.message)
        else:
            status.set("Reconciling", "True", "ProgressingWithRetry", "building artifact")
        status.set("Ready", "False", failed.reason, failed.message)
        status.set("FetchFailed", "True", failed.reason, failed.message)
        await status.write()
        if failed.stalled:
            await status.close(**failed.after)

    def _backoff(self, key: Key) -> float:
        """Return 1.5, 3, 6 … seconds: the finalizer's write has used the first 0.75."""
        count = self._failures[key] = self._failures.get(key, 0) + 1
        flux = self._scene.script.flux
        return float(min(flux["retry_first"] * 2**count, flux["retry_most"]))
