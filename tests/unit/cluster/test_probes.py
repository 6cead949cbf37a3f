"""When and what the prober asks."""

from __future__ import annotations

import asyncio
from typing import Any

from provisioner.clock import Clock
from provisioner.cluster.ports import Answer, Object
from provisioner.cluster.probes import Prober
from provisioner.errors import ClusterError
from tests.unit.cluster.objects import component


class Service:
    """A cluster with one Service that may be made anew."""

    def __init__(self) -> None:
        self.address: str | None = "10.43.0.1"
        self.asked: list[tuple[str, int, str | None]] = []
        self.kube: Any = self

    async def get(self, path: str) -> Object:
        """Return the Service."""
        if self.address is None:
            raise ClusterError("cluster_not_found", path=path)
        return {"spec": {"clusterIP": self.address}}

    async def probe(self, host: str, port: int, path: str | None, *, tls: bool = False) -> Answer:
        """Answer at the present address only."""
        del tls
        self.asked.append((host, port, path))
        return Answer(host == self.address, "asked")


async def _answers(service: Service, wanted: list[set[str]], pause: float) -> list[Answer]:
    """Want each set for a while; return all answers."""
    answers: list[Answer] = []
    parts = [component("a", probed=True), component("plain")]
    prober = Prober(service, Clock(speed=300), parts, lambda _, answer: answers.append(answer))
    async with asyncio.TaskGroup() as group:
        for each in wanted:
            prober.want(each, group)
            await asyncio.sleep(pause)
            service.address = "10.43.0.2" if service.address else None
        prober.want(set(), group)
    return answers


async def test_only_what_is_wanted_and_has_a_probe_is_asked() -> None:
    """A component whose workloads do not hold is left alone."""
    service = Service()
    assert await _answers(service, [set(), {"plain"}], 0.05) == []
    assert service.asked == []


async def test_a_service_made_anew_is_found_at_its_new_address() -> None:
    """An answer that fails makes the prober look the address up again."""
    service = Service()
    answers = await _answers(service, [{"a"}, {"a"}], 0.5)
    assert answers[0].ok
    assert answers[-1].ok
    assert service.asked[-1] == ("10.43.0.2", 80, None)


async def test_a_missing_service_is_an_answer_too() -> None:
    """No Service, no answer; and nothing raises."""
    service = Service()
    service.address = None
    answers = await _answers(service, [{"a"}], 0.05)
    assert [each.ok for each in answers] == [False]
    assert service.asked == []
