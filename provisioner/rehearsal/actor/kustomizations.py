"""Plays kustomize-controller: a folder of a repository is built, and applied whole."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from typing import NamedTuple

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.building import BuildFailed, build
from provisioner.rehearsal.actor.durations import seconds, written
from provisioner.rehearsal.actor.kinds import KUSTOMIZATIONS, SOURCES, namespaced, resource_of
from provisioner.rehearsal.actor.lifetime import live
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Status, digest
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.cluster.api import ApiRefused

MANAGER = "kustomize-controller"
NAME_LABEL = "kustomize.toolkit.fluxcd.io/name"
NAMESPACE_LABEL = "kustomize.toolkit.fluxcd.io/namespace"
SOURCE_POLL = 30.0
_FIRST = ("Namespace", "CustomResourceDefinition")


class Attempted(NamedTuple):
    """What an attempt is about: another of these is another attempt."""

    generation: int
    revision: str
    requested: str


class Kustomizations:
    """Reconciles Kustomizations."""

    def __init__(self, scene: Scene, recorder: Recorder) -> None:
        self._scene = scene
        self._recorder = recorder
        self._failed_at: dict[Key, tuple[Attempted, float]] = {}
        """What failed last, and the moment from which on it is tried again."""

    async def reconcile(self, key: Key) -> float | None:
        """Bring one Kustomization forward; returns when to look again."""
        item = self._scene.store.get(KUSTOMIZATIONS, key)
        if item is None:
            return None
        return await live(self._scene, KUSTOMIZATIONS, item, MANAGER, self._pass, self._end)

    async def _end(self, item: Object) -> None:
        if item["spec"].get("prune"):
            await self._prune(_entries(item))

    async def _pass(self, status: Status) -> float | None:
        spec, meta = status.item["spec"], status.item["metadata"]
        kind, name = spec["sourceRef"]["kind"], spec["sourceRef"]["name"]
        place = spec["sourceRef"].get("namespace", meta["namespace"])
        source = self._scene.get(SOURCES[kind], place, name)
        artifact = (source or {}).get("status", {}).get("artifact")
        if artifact is None:
            told = "Source artifact not found, retrying in 30s"
            if source is None:
                told = f'{kind}.source.toolkit.fluxcd.io "{name}" not found'
            status.set("Ready", "False", "ArtifactFailed", told)
            await status.write()
            return SOURCE_POLL
        revision = str(artifact["revision"])
        if self._is_done(status, revision):
            return seconds(spec["interval"])
        key = Key.of(status.item)
        wanted = Attempted(status.generation, revision, status.requested)
        failed, due = self._failed_at.pop(key, (None, 0.0))
        if failed == wanted and (left := due - self._scene.clock.monotonic()) > 0:
            self._failed_at[key] = wanted, due
            return left
        again = await self._build(status, revision)
        if (status.get("Ready") or {}).get("status") == "False":
            self._failed_at[key] = wanted, self._scene.clock.monotonic() + again
        return again

    def _is_done(self, status: Status, revision: str) -> bool:
        fields = status.fields
        ready = (status.get("Ready") or {}).get("status") == "True"
        return (
            ready
            and fields.get("observedGeneration") == status.generation
            and fields.get("lastAppliedRevision") == revision
            and fields.get("lastHandledReconcileAt", "") == status.requested
        )

    async def _build(self, status: Status, revision: str) -> float:
        began, spec = self._scene.clock.monotonic(), status.item["spec"]
        await self._progress(status, "Fetching manifests", revision)
        folder = await self._folder(revision, spec.get("path", "./"))
        if folder is None:
            place = str(spec["path"]).removeprefix("./")
            told = f"stat /tmp/kustomization-1/{place}: no such file or directory"
            return await self._failed(
                status, revision, "ArtifactFailed", f"kustomization path not found: {told}"
            )
        await self._progress(status, "Building manifests", revision)
        await status.write(lastAttemptedRevision=revision)
        try:
            made = build(folder, spec.get("postBuild", {}).get("substitute", {}))
            await self._progress(status, "Detecting drift", revision)
            before = _entries(status.item)
            await self._apply(status, made, revision)
            if spec.get("prune"):
                kept = {_id(each) for each in made}
                await self._prune([each for each in before if each["id"] not in kept])
        except BuildFailed as failed:
            return await self._failed(status, revision, "BuildFailed", str(failed))
        except ApiRefused as refused:
            return await self._failed(status, revision, "ReconciliationFailed", str(refused))
        await self._succeeded(status, made, revision, self._scene.clock.monotonic() - began)
        return seconds(spec["interval"])

    async def _folder(self, revision: str, path: str) -> Traversable | None:
        host, commit = self._scene.script.host, revision.rpartition("sha1:")[2]
        return None if host is None else await host.tree(commit, path.removeprefix("./"))

    async def _progress(self, status: Status, doing: str, revision: str) -> None:
        told = f"{doing} for revision {revision} with a timeout of {_timeout(status.item)}"
        status.set("Reconciling", "True", "Progressing", told)
        status.set("Ready", "Unknown", "Progressing", "Reconciliation in progress")
        await status.write()

    async def _apply(self, status: Status, made: list[Object], revision: str) -> None:
        meta, told = status.item["metadata"], []
        labels = {NAME_LABEL: meta["name"], NAMESPACE_LABEL: meta["namespace"]}
        for item in sorted(made, key=lambda each: each["kind"] not in _FIRST):
            own = item["metadata"]
            if namespaced(item):
                own.setdefault("namespace", "default")
            own["labels"] = own.get("labels", {}) | labels
            resource = resource_of(item)
            there = self._scene.get(resource, own.get("namespace", ""), own["name"])
            await self._scene.apply(resource, item, MANAGER)
            told.append(f"{_named(item)} {'created' if there is None else 'configured'}")
        await self._recorder.event(
            status.item, "Progressing", "\n".join(told), MANAGER, annotations=_notes(revision)
        )

    async def _prune(self, entries: list[dict[str, str]]) -> None:
        """Delete what was applied once and is not wanted any more."""
        for each in entries:
            namespace, name, group, kind = each["id"].split("_")
            api = f"{group}/{each['v']}" if group else each["v"]
            resource = resource_of({"apiVersion": api, "kind": kind})
            await self._scene.api.delete(resource, namespace, name)

    async def _failed(self, status: Status, revision: str, reason: str, told: str) -> float:
        before = status.get("Reconciling") or {}
        await self._recorder.event(
            status.item, reason, told, MANAGER, warning=True, annotations=_notes(revision)
        )
        doing = str(before.get("message", ""))
        status.set("Reconciling", "True", "ProgressingWithRetry", doing)
        status.set("Ready", "False", reason, told)
        await status.write()
        spec = status.item["spec"]
        return seconds(spec.get("retryInterval") or spec["interval"])

    async def _succeeded(
        self, status: Status, made: list[Object], revision: str, took: float
    ) -> None:
        status.drop("Reconciling")
        told = f"Applied revision: {revision}"
        status.set("Ready", "True", "ReconciliationSucceeded", told)
        await status.write()
        now = self._scene.now()
        entry = {
            "digest": digest(revision, len(made)),
            "firstReconciled": now,
            "lastReconciled": now,
            "lastReconciledDuration": written(took),
            "lastReconciledStatus": "ReconciliationSucceeded",
            "metadata": {"revision": revision},
            "totalReconciliations": 1,
        }
        entries = [{"id": _id(each), "v": _version(each)} for each in made]
        await status.close(
            history=[entry], inventory={"entries": entries}, lastAppliedRevision=revision
        )
        again = written(seconds(status.item["spec"]["interval"]))
        text = f"Reconciliation finished in {written(took)}, next run in {again}"
        await self._recorder.event(
            status.item, "ReconciliationSucceeded", text, MANAGER, annotations=_notes(revision)
        )


def _entries(item: Object) -> list[dict[str, str]]:
    return list(item.get("status", {}).get("inventory", {}).get("entries", ()))


def _timeout(item: Object) -> str:
    """Return the timeout as Flux derives it: 30 s less than the interval where none is named."""
    spec = item["spec"]
    if "timeout" in spec:
        return written(seconds(spec["timeout"]))
    return written(seconds(spec.get("retryInterval") or spec["interval"]) - 30)


def _named(item: Object) -> str:
    meta = item["metadata"]
    return "/".join(filter(None, (item["kind"], meta.get("namespace"), meta["name"])))


def _id(item: Object) -> str:
    group = item["apiVersion"].rpartition("/")[0]
    meta = item["metadata"]
    return f"{meta.get('namespace', '')}_{meta['name']}_{group}_{item['kind']}"


def _version(item: Object) -> str:
    return str(item["apiVersion"].rpartition("/")[2])


def _notes(revision: str) -> dict[str, str]:
    return {"kustomize.toolkit.fluxcd.io/revision": revision}
