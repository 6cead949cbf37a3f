"""The rehearsal's data files are whole, and speak of what there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.cluster.kit import manifests_of
from provisioner.cluster.kitfiles import packaged_kit
from provisioner.cluster.variables import variables
from provisioner.errors import Misnamed, RehearsalError
from provisioner.facts import Outcome, State
from provisioner.rehearsal import scenarios
from provisioner.rehearsal.actor.driver import RELEASE
from provisioner.rehearsal.actor.manifests import Builder
from provisioner.rehearsal.actor.podstatus import Facts, texts
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.scenarios.model import Scenario
from provisioner.remedies import catalogue
from tests.unit.cluster.test_kit import OUTPUTS, spec

FACTS = Facts(
    pod="p", namespace="n", uid="u", container="c", image="i", node="n", host="h", nodes=1,
    pull="1", now="2026-01-01T00:00:00Z", then="2026-01-01T00:00:00Z",
)  # fmt: skip


def kit_releases() -> set[str]:
    """Return the names of the kit's releases."""
    parts = packaged_kit().parts
    return {o["metadata"]["name"] for p in parts for o in p.objects if o["kind"] == "HelmRelease"}


def kit_sources() -> set[str]:
    """Return the names of the kit's sources."""
    parts = packaged_kit().parts
    return {o["metadata"]["name"] for p in parts for o in p.objects if "Repository" in o["kind"]}


@pytest.mark.parametrize("name", scenarios.names())
def test_a_scenario_speaks_of_what_there_is(name: str) -> None:
    """Releases, workloads, sources, lifecycles, components, states and outcomes all exist."""
    scenario = scenarios.load(name)
    charts, releases = scenarios.charts(), kit_releases() | {""}
    for pods in scenario.pods:
        assert pods.lifecycle in scenarios.lifecycles()
        assert pods.release in releases
        if pods.release and pods.workload:
            assert pods.workload in [w.name for w in charts[pods.release].workloads]
    named = [fault.release for fault in scenario.slow]
    named += [fault.release for fault in scenario.releases]
    named += [fault.release for fault in scenario.charts]
    assert set(named) <= releases
    assert {fault.name for fault in scenario.sources} <= kit_sources()
    expect = scenario.expect
    components = {part.name for part in packaged_kit().parts}
    assert set(expect.components) | set(expect.passing) <= components
    assert {Outcome(outcome) for outcome in expect.outcome}
    shown = [sight.state for sight in expect.components.values()]
    assert all(State(state) for state in [*shown, expect.others or "healthy"])


def test_every_release_of_the_kit_is_described() -> None:
    """No component of the kit is played by the Deployment that stands for unknown releases.

    Beside the kit's there is what a node's first boot installs.
    """
    assert kit_releases() | {RELEASE.name} == set(scenarios.charts())


def claimed(count: int) -> Iterator[tuple[int, str]]:
    """Yield size and storage class of every volume that is claimed with so many control planes."""
    for item in manifests_of(packaged_kit(), variables(spec(count), OUTPUTS)):
        if item["kind"] != "HelmRelease":
            continue
        build = Builder(Key.of(item), "n", "", values=item["spec"].get("values", {}))
        for plan in scenarios.charts()[item["metadata"]["name"]].workloads:
            made = build.workload(plan)["spec"]
            templates = made.get("volumeClaimTemplates", []) * made.get("replicas", 1)
            for each in (*templates, *build.claims(plan)):
                size = each["spec"]["resources"]["requests"]["storage"]
                yield int(size.removesuffix("Gi")), each["spec"]["storageClassName"]


@pytest.mark.parametrize(("count", "storage"), [(1, "local-path"), (3, "hcloud-volumes")])
def test_what_is_played_claims_what_review_prices(count: int, storage: str) -> None:
    """Several control planes claim each volume of the sheets, in the class that rents it."""
    sizes, classes = zip(*claimed(count), strict=True)
    assert set(classes) == {storage}
    priced = [size for part in packaged_kit().parts for size in part.sheet.volumes]
    assert count == 1 or sorted(sizes) == sorted(priced)


def test_every_probe_of_the_kit_meets_a_service() -> None:
    """A component's probe asks for a Service and a port that its releases make."""
    made = {
        (service.name, port.port)
        for chart in scenarios.charts().values()
        for service in chart.services
        for port in service.ports
    }
    for part in packaged_kit().parts:
        probe = part.sheet.probe
        if probe is not None and part.name != "flux":
            assert (probe.service, probe.port) in made, part.name


def test_every_text_of_a_lifecycle_can_be_filled() -> None:
    """No step names a fact that the kubelet does not know."""
    for lifecycle in scenarios.lifecycles().values():
        assert lifecycle.again is None or lifecycle.again.step < len(lifecycle.steps)
        for step in lifecycle.steps:
            filled = [texts(event.message, FACTS) for event in step.events]
            assert "{" not in str([filled, texts(step.unscheduled, FACTS)])
            assert "{now}" not in str([texts(step.state, FACTS), texts(step.last, FACTS)])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("title: x\nexpect: {outcome: [ready], within: 1}\nsurprise: 1\n", "surprise"),
        ("title: x\nexpect: {outcome: [ready], within: soon}\n", "within"),
        ("title: [", "while parsing"),
    ],
)
def test_a_malformed_scenario_is_refused_with_the_place(
    text: str, named: str, tmp_path: Path
) -> None:
    """A key that nobody reads, a wrong type and broken YAML name the file and what is wrong."""
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(RehearsalError) as refused:
        scenarios.read(file, Scenario)
    assert refused.value.facts["file"] == "mine.yaml"
    assert named in refused.value.facts["reason"]


def test_an_unknown_scenario_is_refused_with_those_there_are() -> None:
    """The refusal names every scenario that could be meant, and has a remedy."""
    with pytest.raises(Misnamed) as refused:
        scenarios.load("no-such")
    assert "image-pull" in refused.value.facts["known"]
    assert refused.value.code in catalogue()
