"""What the actor is told to play: a scenario laid over what the charts make."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any, Protocol

import msgspec

from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.hosting.repository import Answer
from provisioner.rehearsal.scenarios.model import (
    Chart,
    ChartFault,
    Lifecycle,
    Port,
    ReleaseFault,
    Scenario,
    ServicePlan,
    SourceFault,
    Workload,
)


class GitHost(Protocol):
    """What the actor needs of a Git host."""

    async def asked(self, url: str, wanted: str, user: str, password: str) -> Answer:
        """Answer who wants a commit or branch of a repository, as source-controller is answered."""
        ...

    async def tree(self, commit: str, path: str) -> Traversable | None:
        """Return a folder of a commit, to be read; None if there is no such folder."""
        ...


@dataclass(frozen=True)
class Script:
    """A scenario, what the charts make, how pods fare, and how long things take."""

    scenario: Scenario
    charts: dict[str, Chart] = field(default_factory=scenarios.charts)
    lifecycles: dict[str, Lifecycle] = field(default_factory=scenarios.lifecycles)
    latencies: dict[str, dict[str, Any]] = field(default_factory=scenarios.latencies)
    host: GitHost | None = None
    """Who serves the repositories that GitRepositories name, if anybody does."""

    @property
    def flux(self) -> dict[str, float]:
        """How long Flux takes for what."""
        return self.latencies["flux"]

    def chart(self, release: Key) -> Chart:
        """Return what a release makes; a release that nobody described makes one Deployment."""
        known = self.charts.get(str(release)) or self.charts.get(release.name)
        if known is None:
            known = Chart(
                workloads=(Workload(name=release.name, image=f"example.org/{release.name}:1.0"),),
                services=(
                    ServicePlan(name=release.name, workload=release.name, ports=(Port(port=80),)),
                ),
            )
        for slow in self.scenario.slow:
            if slow.release == release.name:
                late = tuple(msgspec.structs.replace(w, start=slow.start) for w in known.workloads)
                known = msgspec.structs.replace(known, workloads=late)
        return known

    def workload(self, release: Key, name: str) -> Workload:
        """Return one workload of a release; an unknown one has a workload's defaults."""
        for workload in self.chart(release).workloads:
            if workload.name == name:
                return workload
        return Workload(name=name, image="")

    def lifecycle(
        self, release: Key, workload: Workload, ordinal: int, *, completes: bool = False
    ) -> Lifecycle:
        """Return how the pod with this number of a workload fares."""
        for fault in self.scenario.pods:
            mine = fault.release == release.name and fault.workload in ("", workload.name)
            if mine and (fault.pods is None or ordinal < fault.pods):
                return self.lifecycles[fault.lifecycle]
        return self.lifecycles["completes" if completes else "runs"]

    def source_fault(self, name: str) -> SourceFault | None:
        """Return why a source cannot be fetched, if so."""
        return next((fault for fault in self.scenario.sources if fault.name == name), None)

    def chart_fault(self, release: str) -> ChartFault | None:
        """Return why a release's chart cannot be found, if so."""
        return next((fault for fault in self.scenario.charts if fault.release == release), None)

    def release_fault(self, release: str) -> ReleaseFault | None:
        """Return why Helm refuses a release, if so."""
        return next((fault for fault in self.scenario.releases if fault.release == release), None)

    def claims_stay_pending(self, release: Key, workload: str) -> bool:
        """Return whether no volume is ever bound for a workload's pods."""
        return any(
            fault.lifecycle == "pvc-pending"
            and fault.release == release.name
            and fault.workload in ("", workload)
            for fault in self.scenario.pods
        )
