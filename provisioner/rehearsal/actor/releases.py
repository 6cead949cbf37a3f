"""Plays helm-controller: every HelmRelease from its birth to installed, stalled or gone."""

from __future__ import annotations

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import prerequisites
from provisioner.rehearsal.actor.attempt import Attempt
from provisioner.rehearsal.actor.durations import seconds
from provisioner.rehearsal.actor.helm import Helm
from provisioner.rehearsal.actor.kinds import HELM_CHARTS, HELM_RELEASES
from provisioner.rehearsal.actor.lifetime import live
from provisioner.rehearsal.actor.policy import Attempted, Decision, Strategy, decide
from provisioner.rehearsal.actor.prerequisites import MANAGER, ChartInHand, Missing
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import Status, digest
from provisioner.rehearsal.actor.store import Key


class Releases:
    """Reconciles HelmReleases."""

    def __init__(self, scene: Scene, recorder: Recorder) -> None:
        self._scene = scene
        self._recorder = recorder

    async def reconcile(self, key: Key) -> float | None:
        """Bring one release forward; returns when to look again."""
        item = self._scene.store.get(HELM_RELEASES, key)
        if item is None:
            return None
        return await live(self._scene, HELM_RELEASES, item, MANAGER, self._pass, self._end)

    async def _pass(self, status: Status) -> float | None:
        item, flux = status.item, self._scene.script.flux
        named = ""
        if "chart" in item["spec"]:
            named = await prerequisites.ensure_chart(self._scene, self._recorder, item)
        if not self._progressing(status):
            status.drop("Stalled")
            status.set("Reconciling", "True", "Progressing", "Fulfilling prerequisites")
            await status.write()
        if named:
            await status.write(helmChart=named)
        missing = prerequisites.dependency(self._scene, item)
        if missing is not None:
            await self._recorder.event(item, missing.reason, missing.message, MANAGER)
            await self._refuse(status, missing)
            return flux["dependency_poll"]
        chart = prerequisites.chart(self._scene, item)
        if isinstance(chart, Missing):
            await self._refuse(status, chart)
            return flux["source_poll"]
        missing = prerequisites.values(self._scene, item)
        if missing is not None:
            await self._refuse(status, missing)
            return flux["source_poll"]
        return await self._release(status, chart)

    def _progressing(self, status: Status) -> bool:
        told = status.get("Reconciling")
        if told is None or told["observedGeneration"] != status.generation:
            return False
        return bool(told["message"] == "Fulfilling prerequisites")

    async def _refuse(self, status: Status, missing: Missing) -> None:
        status.set("Ready", "False", missing.reason, missing.message)
        await status.write()

    async def _release(self, status: Status, chart: ChartInHand) -> float | None:
        config = prerequisites.config(status.item)
        wanted = Attempted(digest(config), chart.version, status.generation)
        decision = decide(status.item, wanted)
        interval = seconds(status.item["spec"]["interval"])
        if not decision.action:
            await self._settle(status, decision)
            return interval
        adopted = decision.action == "install" and self._adopts(status)
        action = "upgrade" if adopted else decision.action
        attempt = Attempt(self._scene, self._recorder, status, chart, action)
        await attempt.start(decision, wanted)
        why, kept = await attempt.run()
        if not why:
            await attempt.succeeded()
            return interval
        count = await attempt.failed(why, kept)
        return await self._after(status, attempt, count, kept)

    def _adopts(self, status: Status) -> bool:
        meta = status.item["metadata"]
        return self._scene.script.chart(Key(meta["namespace"], meta["name"])).adopted

    async def _settle(self, status: Status, decision: Decision) -> None:
        status.drop("Reconciling")
        if decision.stalled:
            counter = Strategy.of(status.item["spec"], decision.stalled).counter
            told = f"Failed to {decision.stalled} after {status.fields[counter]} attempt(s)"
            status.set("Stalled", "True", "RetriesExceeded", told)
        await status.write()
        await status.close(**dict(decision.handled))

    async def _after(
        self, status: Status, attempt: Attempt, count: int, kept: bool
    ) -> float | None:
        flux, strategy = self._scene.script.flux, attempt.strategy
        if not kept:
            failures = int(status.fields.get("failures", 1))
            return float(min(flux["retry_first"] * 2 ** (failures - 1), flux["retry_most"]))
        if strategy.retry_every is not None:
            await attempt.retry_later(strategy.retry_every)
            return strategy.retry_every
        if not strategy.exhausted(count):
            await attempt.remediate()
            # The real controller waits in here for a cache that times out, and does nothing else.
            await self._scene.clock.sleep(flux["remediation_pause"])
            return 0
        if strategy.remediate_last:
            await attempt.remediate(last=True)
        attempt.stall()
        await status.write()
        await status.close()
        return seconds(status.item["spec"]["interval"])

    async def _end(self, item: Object) -> None:
        key = Key.of(item)
        await Helm(self._scene).take(key, str(item["spec"].get("targetNamespace", key.namespace)))
        chart = item.get("status", {}).get("helmChart", "")
        if chart:
            await self._scene.api.delete(HELM_CHARTS, *chart.split("/", 1))
