"""What Helm does for a release: put its objects there, wait for them, take them away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor import manifests, readiness
from provisioner.rehearsal.actor.kinds import SERVICES, WORKLOADS, namespaced, resource_of
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import digest
from provisioner.rehearsal.actor.store import Key

MANAGER = "helm"


class Helm:
    """Helm, as helm-controller uses it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def objects(self, release: Key, build: manifests.Builder) -> Iterator[Object]:
        """Return the manifests of a release, in the order in which Helm creates them."""
        chart = self._scene.script.chart(release)
        for further in chart.objects:
            yield build.further(further)
        for condition in chart.either:
            yield from map(build.further, condition.objects_for(build.values))
        for service in chart.services:
            yield build.service(service)
        for workload in chart.workloads:
            yield from build.claims(workload)
            yield build.workload(workload)

    async def put(
        self, release: Key, namespace: str, values: Mapping[str, Any], *, by_flux: bool = True
    ) -> None:
        """Create or change a release's objects."""
        chart = self._scene.script.chart(release)
        await self._scene.clock.sleep(chart.render)
        # The pods of a release that is taken over stay: the values are the same.
        config = "adopted" if chart.adopted else digest(values)[7:17]
        build = manifests.Builder(release, namespace, config, by_flux, values)
        for item in self.objects(release, build):
            status = item.pop("status", None)
            made = await self._scene.apply(resource_of(item), item, MANAGER)
            if status is not None:
                told = manifests.filled(status, {"now": self._scene.now()})
                await self._scene.patch(
                    resource_of(item), made, {"status": told}, MANAGER, "status"
                )

    async def ready(self, release: Key, namespace: str, timeout: float) -> bool:
        """Wait until a release's workloads are there; returns False when the time is over."""
        clock = self._scene.clock
        deadline = clock.monotonic() + timeout
        while not self._all_ready(release, namespace):
            left = deadline - clock.monotonic()
            if left <= 0:
                return False
            await clock.sleep(min(left, self._scene.script.flux["wait_poll"]))
        return True

    def _all_ready(self, release: Key, namespace: str) -> bool:
        return all(
            readiness.is_ready(self._scene.get(WORKLOADS[w.kind], namespace, w.name))
            for w in self._scene.script.chart(release).workloads
        )

    async def take(self, release: Key, namespace: str) -> None:
        """Remove a release's objects; what Kubernetes made of them goes with them."""
        await self._scene.clock.sleep(self._scene.script.flux["uninstall"])
        chart = self._scene.script.chart(release)
        for workload in chart.workloads:
            await self._scene.api.delete(WORKLOADS[workload.kind], namespace, workload.name)
        for service in chart.services:
            await self._scene.api.delete(SERVICES, namespace, service.name)
        for item in chain(chart.objects, *(each.all for each in chart.either)):
            place = item["metadata"].get("namespace", namespace) if namespaced(item) else ""
            if item["kind"] not in ("Namespace", "CustomResourceDefinition"):
                await self._scene.api.delete(resource_of(item), place, item["metadata"]["name"])
