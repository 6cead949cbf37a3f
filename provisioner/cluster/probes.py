"""Asks the Services of components whose workloads hold: the top rung of the ladder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from provisioner.clock import Clock
from provisioner.cluster.evidence.shapes import at, text
from provisioner.cluster.ports import Answer, Cluster
from provisioner.errors import ClusterError
from provisioner.facts import ExpectedComponent, ProbeTarget

FAILING = 3.0
"""Seconds until a component that did not answer is asked again."""
ANSWERING = 10.0
"""Seconds until one that answered is asked again."""
LEAST = 0.2
"""Real seconds between two questions to one component, in a world of any speed."""
AT_ONCE = 4


class Prober:
    """Asks each wanted component again and again, a few at a time."""

    def __init__(
        self,
        cluster: Cluster,
        clock: Clock,
        expected: Sequence[ExpectedComponent],
        answered: Callable[[str, Answer], None],
    ) -> None:
        self._cluster = cluster
        self._clock = clock
        self._targets: Mapping[str, ProbeTarget] = {
            each.name: each.probe for each in expected if each.probe is not None
        }
        self._answered = answered
        self._addresses: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._few = asyncio.Semaphore(AT_ONCE)

    def want(self, components: Iterable[str], group: asyncio.TaskGroup) -> None:
        """Ask exactly these from now on; questions run as tasks of ``group``."""
        wanted = self._targets.keys() & set(components)
        for name in self._tasks.keys() - wanted:
            self._tasks.pop(name).cancel()
        for name in wanted - self._tasks.keys():
            self._tasks[name] = group.create_task(self._ask(name, self._targets[name]))

    async def _ask(self, name: str, target: ProbeTarget) -> None:
        while True:
            async with self._few:
                answer = await self._answer(name, target)
            self._answered(name, answer)
            seconds = ANSWERING if answer.ok else FAILING
            await self._clock.sleep(max(seconds, LEAST * self._clock.speed))

    async def _answer(self, name: str, target: ProbeTarget) -> Answer:
        address = self._addresses.get(name) or await self._address(target)
        if not address:
            return Answer(False, "the Service has no address")
        answer = await self._cluster.probe(address, target.port, target.path, tls=target.tls)
        if answer.ok:
            self._addresses[name] = address
        else:
            # The Service may have been made anew, with another address.
            self._addresses.pop(name, None)
        return answer

    async def _address(self, target: ProbeTarget) -> str:
        path = f"/api/v1/namespaces/{target.namespace}/services/{target.service}"
        try:
            address = text(at(await self._cluster.kube.get(path), "spec").get("clusterIP"))
        except ClusterError:
            return ""
        return "" if address == "None" else address
