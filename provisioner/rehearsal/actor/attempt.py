"""One run of a Helm action, written into status step by step."""

from __future__ import annotations

from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.durations import seconds, written
from provisioner.rehearsal.actor.helm import Helm
from provisioner.rehearsal.actor.kinds import HELM_RELEASES
from provisioner.rehearsal.actor.policy import Attempted, Decision, Strategy
from provisioner.rehearsal.actor.prerequisites import MANAGER, ChartInHand, config
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Status, digest
from provisioner.rehearsal.actor.store import Key

_WORKED = ("deployed", "superseded")
LATE = "context deadline exceeded"
_DONE = {"install": "InstallSucceeded", "upgrade": "UpgradeSucceeded"}
_FAILED = {"install": "InstallFailed", "upgrade": "UpgradeFailed"}


class Attempt:
    """One install or upgrade of one release."""

    def __init__(
        self, scene: Scene, recorder: Recorder, status: Status, chart: ChartInHand, action: str
    ) -> None:
        self._scene = scene
        self._recorder = recorder
        self._status = status
        self._chart = chart
        self._action = action
        self._helm = Helm(scene)
        meta, self._spec = status.item["metadata"], status.item["spec"]
        self._key = Key(meta["namespace"], meta["name"])
        self._release = str(self._spec.get("releaseName", meta["name"]))
        self._namespace = str(self._spec.get("targetNamespace", meta["namespace"]))
        self._began = scene.now()
        self._from = scene.clock.monotonic()
        self.strategy = Strategy.of(self._spec, action)

    @property
    def timeout(self) -> str:
        """The action's timeout, as Go prints it."""
        told = self._spec.get(self._action, {}).get("timeout") or self._spec.get("timeout", "5m")
        return written(seconds(told))

    async def start(self, decision: Decision, wanted: Attempted) -> None:
        """Say that the action runs, and with what."""
        self._running(self._action)
        told = f"Running '{self._action}' action with timeout of {self.timeout}"
        self._status.set("Ready", "Unknown", "Progressing", told)
        await self._status.write()
        cleared = self._counters() if decision.fresh else {}
        extra = {"lastAttemptedRevisionDigest": self._chart.digest} if self._chart.digest else {}
        await self._status.write(
            lastAttemptedGeneration=wanted.generation,
            lastAttemptedConfigDigest=wanted.config,
            lastAttemptedRevision=wanted.revision,
            storageNamespace=self._namespace,
            **extra,
            **cleared,
            **dict(decision.handled),
        )

    async def run(self) -> tuple[str, bool]:
        """Do it; returns why it failed (empty: it did not) and whether Helm has kept a release."""
        refused = self._scene.script.release_fault(self._key.name)
        if refused is not None:
            await self._scene.clock.sleep(self._scene.script.chart(self._key).render)
            return refused.message, False
        await self._helm.put(self._key, self._namespace, config(self._status.item))
        if self._spec.get(self._action, {}).get("disableWait"):
            return "", True
        late = not await self._helm.ready(self._key, self._namespace, seconds(self.timeout))
        return (LATE, True) if late else ("", True)

    async def succeeded(self) -> None:
        """Write that the release is deployed."""
        version = self._next_version()
        told = (
            f"Helm {self._action} succeeded for release {self._namespace}/{self._release}"
            f".v{version} with chart {self._name}"
        )
        await self._recorder.event(self._status.item, _DONE[self._action], told, MANAGER)
        self._status.drop("Remediated")
        self._status.set("Ready", "True", _DONE[self._action], told, self._generation())
        self._status.set("Released", "True", _DONE[self._action], told, self._generation())
        await self._status.write()
        history = [self._entry("deployed"), *_superseded(self._history())]
        await self._status.write(history=history, **self._result(), **self._counters())
        self._status.drop("Reconciling")
        await self._status.write()
        await self._status.close(history=self._cut(history))

    async def failed(self, why: str, kept: bool) -> int:
        """Write that the action failed; returns its failures so far that count."""
        told = (
            f"Helm {self._action} failed for release {self._namespace}/{self._release}"
            f" with chart {self._name}: {why}"
        )
        await self._recorder.event(
            self._status.item, _FAILED[self._action], told, MANAGER, warning=True
        )
        self._status.drop("Remediated")
        self._status.set("Ready", "False", _FAILED[self._action], told, self._generation())
        self._status.set("Released", "False", _FAILED[self._action], told)
        await self._status.write()
        fields = self._result()
        fields["failures"] = int(self._status.fields.get("failures", 0)) + 1
        counter = self.strategy.counter
        count = int(self._status.fields.get(counter, 0)) + int(kept)
        if kept:
            fields[counter] = count
            entry = self._entry("failed")
            kept_on = [] if entry["version"] == 1 else self._history()
            fields["history"] = [entry, *kept_on][:5]
        await self._status.write(**fields)
        return count

    async def retry_later(self, seconds_later: float) -> None:
        """Say when the next attempt comes, leaving what failed as it is."""
        told = f"retrying after {seconds_later:g}s"
        generation = self._generation()
        self._status.set("Reconciling", "True", "ProgressingWithRetry", told, generation)
        await self._status.write()
        await self._status.close()

    async def remediate(self, *, last: bool = False) -> None:
        """Undo what failed: uninstall it, or go back to the version before."""
        verb = "rollback" if self.strategy.rollback and len(self._history()) > 1 else "uninstall"
        self._running(verb)
        await self._status.write()
        if last:
            await self._status.write(history=self._cut(self._history()))
        history = self._history()
        if verb == "uninstall":
            await self._helm.take(self._key, self._namespace)
            reason, ready = "UninstallSucceeded", self._status.get("Ready")
            told = f"Helm uninstall remediation for release {self._of(history[0])} succeeded"
            history[0] = history[0] | {"status": "uninstalling", "deleted": self._scene.now()}
        else:
            await self._scene.clock.sleep(self._scene.script.flux["wait_poll"])
            reason, ready = "RollbackSucceeded", None
            told = f"Helm rollback to previous release {self._of(history[1])} succeeded"
            version = int(history[0]["version"]) + 1
            back = history[1] | {"version": version, "status": "deployed"}
            back["lastDeployed"] = self._scene.now()
            history = [back, history[0], *_superseded(history[1:])][:5]
        await self._recorder.event(self._status.item, reason, told, MANAGER)
        if ready is None:
            self._status.set("Ready", "False", reason, told, self._generation())
        self._status.set("Remediated", "True", reason, told)
        if last:
            self.stall()
        else:
            why = ready["message"] if ready else told
            self._status.set("Reconciling", "True", "ProgressingWithRetry", why)
        await self._status.write()
        if last:
            await self._status.close(history=history)
        else:
            await self._status.write(history=history)

    def stall(self) -> None:
        """Say that no further attempt will be made."""
        count = self._status.fields.get(self.strategy.counter, 1)
        told = f"Failed to {self.strategy.action} after {count} attempt(s)"
        self._status.drop("Reconciling")
        self._status.set("Stalled", "True", "RetriesExceeded", told)

    def _counters(self) -> dict[str, None]:
        """Return the counters that are there, to be removed."""
        names = ("failures", "installFailures", "upgradeFailures")
        return {name: None for name in names if name in self._status.fields}

    def _running(self, verb: str) -> None:
        told = f"Running '{verb}' action with timeout of {self.timeout}"
        self._status.set("Reconciling", "True", "Progressing", told)

    @property
    def _name(self) -> str:
        return f"{self._chart.name}@{self._chart.version}"

    def _of(self, entry: dict[str, Any]) -> str:
        release = f"{entry['namespace']}/{entry['name']}.v{entry['version']}"
        return f"{release} with chart {entry['chartName']}@{entry['chartVersion']}"

    def _generation(self) -> int:
        """Return the spec's generation now, which may be newer than the one that was attempted."""
        item: Object | None = self._scene.store.get(HELM_RELEASES, self._key)
        return int(item["metadata"]["generation"]) if item else self._status.generation

    def _cut(self, history: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what of a history is kept: back to the last version that once worked."""
        if self.strategy.retry_every is not None:
            return history[:5]
        worked = (i for i, e in enumerate(history) if i and e["status"] in _WORKED)
        return history[: next(worked, 4) + 1]

    def _history(self) -> list[dict[str, Any]]:
        return list(self._status.fields.get("history") or [])

    def _next_version(self) -> int:
        latest = (self._history() or [{}])[0]
        if not latest or latest.get("status") == "uninstalling":
            adopted = self._scene.script.chart(self._key).adopted
            return 2 if adopted else 1
        return int(latest["version"]) + 1

    def _entry(self, state: str) -> dict[str, Any]:
        first = (self._history() or [{}])[-1].get("firstDeployed", self._began)
        version = self._next_version()
        wanted = self._status.fields.get("lastAttemptedConfigDigest", "")
        return {
            "name": self._release,
            "namespace": self._namespace,
            "version": version,
            "status": state,
            "chartName": self._chart.name,
            "chartVersion": self._chart.version,
            "appVersion": self._scene.script.chart(self._key).app_version,
            "configDigest": wanted,
            "digest": digest(self._key, version, state, self._began),
            "firstDeployed": self._began if version == 1 else first,
            "lastDeployed": self._began,
        }

    def _result(self) -> dict[str, Any]:
        took = written(self._scene.clock.monotonic() - self._from)
        return {
            "lastAttemptedReleaseAction": self._action,
            "lastAttemptedReleaseActionDuration": took,
        }


def _superseded(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a history whose deployed version, or else its latest, has been replaced."""
    old = next((e for e in history if e["status"] == "deployed"), history[0] if history else None)
    return [entry | {"status": "superseded"} if entry is old else entry for entry in history]
