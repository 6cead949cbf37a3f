"""The actor writes what the real controllers were recorded to write, state by state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from provisioner.cluster.ports import Resource
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.kinds import (
    GIT_REPOSITORIES,
    HELM_CHARTS,
    HELM_RELEASES,
    HELM_REPOSITORIES,
    KUSTOMIZATIONS,
)
from provisioner.rehearsal.actor.script import GitHost, Script
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.hosting.repository import Answer
from provisioner.rehearsal.scenarios.model import (
    Chart,
    ChartFault,
    Expectation,
    Lifecycle,
    ReleaseFault,
    Scenario,
    Workload,
)
from tests.unit.rehearsal_world import recordings
from tests.unit.rehearsal_world.conftest import playing
from tests.unit.rehearsal_world.memory_api import MemoryApi
from tests.unit.rehearsal_world.travel import travel

NAMESPACE = "ns"
SLACK = 4.0
"""Seconds by which a state may come earlier or later than it was recorded."""
KINDS: dict[str, Resource] = {
    "HelmRelease": HELM_RELEASES,
    "HelmChart": HELM_CHARTS,
    "HelmRepository": HELM_REPOSITORIES,
    "GitRepository": GIT_REPOSITORIES,
    "Kustomization": KUSTOMIZATIONS,
}
API = {
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
    "HelmRepository": "source.toolkit.fluxcd.io/v1",
    "GitRepository": "source.toolkit.fluxcd.io/v1",
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
}
HELM = ("HelmRelease", "HelmChart", "HelmRepository")
COMMIT = "94fb4e6bb7551beda5c3519b6ad1a2f6af533e36"
QUIET = Scenario(title="recorded", expect=Expectation(outcome=(), within=0))


@dataclass(frozen=True)
class RecordedScript(Script):
    """Plays the recordings' own chart, whose values say when its pod comes up."""

    specs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def chart(self, release: Key) -> Chart:
        """Return the one Deployment of the chart."""
        return Chart(workloads=(Workload(name=release.name, image="app"),), render=0.1)

    def workload(self, release: Key, name: str) -> Workload:
        """Return the Deployment, with the start that the release's values ask for."""
        after = self.specs.get(release.name, {}).get("values", {}).get("bindAfter", "0")
        start = 0.0 if after == "never" else float(after)
        return Workload(name=name, image="app", pull=0.0, start=start)

    def lifecycle(
        self, release: Key, workload: Workload, ordinal: int, *, completes: bool = False
    ) -> Lifecycle:
        """Return a pod's life that ends before its node, where the values say so."""
        del workload, ordinal, completes
        values = self.specs.get(release.name, {}).get("values", {})
        never = values.get("bindAfter") == "never"
        return self.lifecycles["unschedulable" if never else "runs"]

    def chart_fault(self, release: str) -> ChartFault | None:
        """Return why the recordings' repository has no such chart."""
        spec = self.specs[release]["chart"]["spec"]
        told = "failed to get chart version for remote reference: "
        if spec["chart"] != "app":
            return ChartFault(release=release, message=f"{told}no chart name found")
        if spec["version"] == "9.9.9":
            absent = "no 'app' chart with version matching '9.9.9' found"
            return ChartFault(release=release, message=told + absent)
        return None

    def release_fault(self, release: str) -> ReleaseFault | None:
        """Return why the recordings' chart refuses to be rendered."""
        if "breakMe" not in self.specs[release].get("values", {}):
            return None
        told = (
            "execution error at (app/templates/all.yaml:1:28): breakMe is set: refusing to render"
        )
        return ReleaseFault(release=release, message=told)


class RecordedHost:
    """The Git server of the recordings: one repository, and one that asks who one is."""

    def __init__(self, folder: Path) -> None:
        good = folder / "good"
        good.mkdir()
        (good / "kustomization.yaml").write_text("resources: [one.yaml]\n")
        (good / "one.yaml").write_text(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: ns}}\n"
        )
        self._folder = folder

    async def asked(self, url: str, wanted: str, user: str, password: str) -> Answer:
        """Answer as the recordings' server did."""
        del wanted, user, password
        told = f"failed to checkout and determine revision: unable to clone '{url}': "
        if "/gitauth/" in url:
            refusal = f"{told}authentication required: auth needed"
            return Answer(reason="GitOperationFailed", refusal=refusal)
        if "absent" in url:
            return Answer(reason="GitOperationFailed", refusal=f"{told}repository not found: ")
        return Answer(commit=COMMIT, subject="one")

    async def tree(self, commit: str, path: str) -> Path | None:
        """Return a folder of the one commit."""
        assert commit == COMMIT
        found = self._folder / path
        return found if found.is_dir() else None


def script() -> RecordedScript:
    """Return a script with latencies as on the recordings' loopback."""
    latencies = scenarios.latencies()
    quick = latencies | {"flux": latencies["flux"] | {"fetch": 0.02, "uninstall": 0.5}}
    return RecordedScript(QUIET, latencies=quick)


async def do(api: MemoryApi, deed: recordings.Deed, specs: dict[str, dict[str, Any]]) -> None:
    """Do to the actor what was done to the real controllers."""
    resource = KINDS[deed.kind]
    name = {"metadata": {"name": deed.name, "namespace": NAMESPACE}}
    if deed.spec is None:
        await api.patch(resource, name, {"metadata": {"annotations": deed.annotations}}, "kubectl")
        return
    if deed.kind == "HelmRelease":
        specs[deed.name] = deed.spec
    body = {"apiVersion": API[deed.kind], "kind": deed.kind, **name, "spec": deed.spec}
    await api.apply(resource, body, "kubectl")


async def played(
    scenario: str, until: float, host: GitHost | None = None
) -> dict[str, list[recordings.Moment]]:
    """Return the states that each object went through when the actor was given a recording."""
    told, wanted = replace(script(), host=host), HELM if host is None else tuple(KINDS)
    async with playing(told, 1.0) as (api, company):
        clock = company.scene.clock
        began, started = clock.monotonic(), asyncio.get_running_loop().time()
        for deed in (d for d in recordings.deeds(scenario) if d.at < until and d.kind in wanted):
            await clock.sleep(deed.at - (clock.monotonic() - began))
            await do(api, deed, told.specs)
        await clock.sleep(until + SLACK - (clock.monotonic() - began))
        seen: dict[str, list[recordings.Moment]] = {}
        for at, (_, item) in api.history:
            if item.get("kind") in KINDS:
                which = f"{item['kind']}/{item['metadata']['name']}".replace(NAMESPACE, scenario, 1)
                recordings.add(seen.setdefault(which, []), at - started, item.get("status", {}))
        return seen


@pytest.mark.parametrize(
    ("scenario", "until"),
    [
        pytest.param("s01-nowait", 20, id="no-wait"),
        pytest.param("s02-wait", 35, id="wait"),
        pytest.param("s03-dependson", 70, id="dependsOn"),
        pytest.param("s04-nochart", 64, id="nochart"),
        pytest.param("s08-retries", 118, id="timeout-and-retries"),
        pytest.param("s08b-noretries", 54, id="no-retries"),
        pytest.param("s08c-infinite", 70, id="retries-for-ever"),
        pytest.param("s08e-slowok", 44, id="up-too-late"),
        pytest.param("s08d-retryonfailure", 125, id="retry-on-failure"),
        pytest.param("s08f-remediate-last", 36, id="remediate-last"),
        pytest.param("s10a-upgrade", 19, id="upgrade"),
        pytest.param("s10b-rollback", 44, id="rollback"),
        pytest.param("s11-suspend", 30, id="suspend"),
        pytest.param("s13-annotations", 45, id="annotations"),
    ],
)
def test_every_object_goes_through_the_recorded_states(
    scenario: str, until: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conditions, counters, history and generations come in the recorded order, when they did."""
    real = recordings.recorded(scenario, HELM, until)
    seen = travel(played(scenario, until), monkeypatch)
    for name, moments in real.items():
        mine = [recordings.Moment(m.at, _renamed(m.state, scenario)) for m in seen[name]]
        parting = recordings.difference(moments, mine, SLACK)
        assert not parting, f"{name} parts at {parting}"


@pytest.mark.parametrize(
    ("scenario", "objects", "until"),
    [
        pytest.param(
            "s15-git",
            ("GitRepository/ok-commit", "GitRepository/secret-missing", "GitRepository/auth"),
            20,
            id="git",
        ),
        pytest.param(
            "s14-kustomize",
            ("GitRepository/repo", "Kustomization/path-missing", "Kustomization/no-source"),
            70,
            id="kustomize",
        ),
    ],
)
def test_repositories_and_folders_go_through_the_recorded_states(
    scenario: str,
    objects: tuple[str, ...],
    until: float,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a kit from Git stands on is played as the real controllers wrote it, failures too."""
    real = recordings.recorded(scenario, tuple(KINDS), until)
    seen = travel(played(scenario, until, RecordedHost(tmp_path)), monkeypatch)
    for name in objects:
        mine = [recordings.Moment(m.at, _renamed(m.state, scenario)) for m in seen[name]]
        parting = recordings.difference(real[name], mine, SLACK)
        assert not parting, f"{name} parts at {parting}"


def _renamed(state: recordings.State, scenario: str) -> recordings.State:
    conditions, *rest = state
    return (tuple((*c[:-1], _as_recorded(c[-1], scenario)) for c in conditions), *rest)


def _as_recorded(message: str, scenario: str) -> str:
    return (
        message.replace(f"'{NAMESPACE}/{NAMESPACE}-", f"'{scenario}/{scenario}-")
        .replace(f"'{NAMESPACE}/", f"'{scenario}/")
        .replace(f"release {NAMESPACE}/", f"release {scenario}/")
    )


async def test_the_world_leaves_no_task_behind() -> None:
    """When a cluster ends, everybody who played in it has ended too."""
    async with playing(script(), 1.0):
        pass
    assert asyncio.all_tasks() == {asyncio.current_task()}
