"""What the board shows of a component, from its release down to the last pod and the probe."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioner.cluster.evidence import kinds
from provisioner.cluster.ports import Answer, Changed, Lost, Resource, Snapshot
from provisioner.events import AllHealthy, NodeChanged, SourceChanged
from provisioner.facts import (
    ExpectedComponent,
    ExpectedCondition,
    ExpectedWorkload,
    Rung,
    State,
)
from tests.unit.cluster.objects import (
    Stage,
    component,
    condition,
    deployment,
    done,
    installing,
    pod,
    release,
    repository,
    stalled,
    waiting,
)

PULL = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off: x: not found"}}
CRASH = {"waiting": {"reason": "CrashLoopBackOff"}}


def test_a_release_that_was_given_up_fails_with_what_its_pods_said() -> None:
    """Stalled is failed after a second; the reason is the image, not Helm's deadline."""
    stage = Stage(component("a"))
    stage.see(kinds.HELM_RELEASES, stalled("a"))
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=0))
    stage.see(kinds.PODS, pod("a", state=PULL))
    stage.wait(0.6)
    assert stage.state("a") is State.RETRYING
    stage.wait(1.0)
    line = stage.board.lines["a"]
    assert (line.state, line.code, line.attempt, line.attempts) == (
        State.FAILED, "image_pull", 2, 2,
    )  # fmt: skip


def test_the_trouble_of_pods_that_helm_took_away_is_not_forgotten() -> None:
    """Between two attempts there are no pods; what was wrong with them is still shown."""
    stage = Stage(component("a"))
    stage.see(kinds.HELM_RELEASES, installing("a"))
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=0))
    stage.see(kinds.PODS, pod("a", state=PULL))
    stage.wait()
    stage.see(kinds.PODS, pod("a"), gone=True)
    stage.see(kinds.DEPLOYMENTS, deployment("a"), gone=True)
    stage.see(
        kinds.HELM_RELEASES,
        release(
            "a",
            condition("Ready", "False", "InstallFailed", "timed out"),
            condition("Reconciling", "True", "ProgressingWithRetry"),
            failures=1,
            installFailures=1,
        ),
    )
    stage.wait()
    line = stage.board.lines["a"]
    assert (line.state, line.code, line.attempt) == (State.RETRYING, "image_pull", 1)


def test_ready_with_an_unready_workload_is_installed_and_not_healthy() -> None:
    """Flux's word is one rung: a pod that is not there keeps a component from being healthy."""
    stage = Stage(component("a"))
    stage.see(kinds.HELM_RELEASES, done("a"))
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=1, wanted=2))
    stage.wait()
    line = stage.board.lines["a"]
    assert (line.state, line.reason) == (State.INSTALLED, "1/2 pods")
    assert line.rungs == (Rung.SOURCE, Rung.RELEASE)
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=2, wanted=2))
    stage.wait()
    assert stage.state("a") is State.HEALTHY


def test_a_release_that_made_nothing_is_not_healthy() -> None:
    """A hollow chart is Ready and proves nothing."""
    stage = Stage(component("a"))
    stage.see(kinds.HELM_RELEASES, done("a"))
    stage.wait(60)
    line = stage.board.lines["a"]
    assert (line.state, line.code) == (State.INSTALLED, "no_workloads")


def test_the_probe_is_the_top_rung_and_falls_alone() -> None:
    """Healthy needs an answer; one lapse is forgiven, two are not, three are a failure."""
    stage = Stage(component("a", probed=True))
    stage.healthy("a")
    stage.wait()
    assert stage.state("a") is State.INSTALLED
    assert stage.board.proven == {"a"}
    shown = []
    for ok in (True, False, False, False, True):
        stage.board.answered("a", Answer(ok, "200 OK" if ok else "connection refused"), stage.now)
        stage.wait()
        shown.append(stage.state("a"))
    assert shown == [
        State.HEALTHY, State.HEALTHY, State.INSTALLED, State.DEGRADED, State.HEALTHY,
    ]  # fmt: skip


def test_a_component_falls_back_when_evidence_goes() -> None:
    """What was healthy and crashes is degraded, though Flux still calls it Ready."""
    stage = Stage(component("a"))
    stage.healthy("a")
    stage.wait()
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=0))
    stage.see(kinds.PODS, pod("a", state=CRASH, last={"terminated": {"exitCode": 1}}))
    stage.wait()
    line = stage.board.lines["a"]
    assert (line.state, line.code) == (State.DEGRADED, "crash_loop")
    assert stage.board.fallen == line


def test_all_healthy_is_told_after_thirty_seconds_without_a_break() -> None:
    """A fall within the settling time begins it anew."""
    stage = Stage(component("a"), component("b"))
    stage.healthy("a")
    stage.healthy("b")
    stage.wait(20)
    stage.see(kinds.DEPLOYMENTS, deployment("b", there=0))
    stage.wait(5)
    stage.see(kinds.DEPLOYMENTS, deployment("b"))
    assert not [e for e in stage.wait(29) if isinstance(e, AllHealthy)]
    assert len([e for e in stage.wait(10) if isinstance(e, AllHealthy)]) == 1
    assert stage.board.settled


def test_nothing_is_called_healthy_while_a_needed_kind_cannot_be_watched() -> None:
    """What was seen before the watch was lost is not evidence of now."""
    stage = Stage(component("a"))
    stage.healthy("a")
    stage.wait(5)
    stage.board.feed(Lost(kinds.PODS, "no connection to the API"), stage.now)
    stage.wait(60)
    assert not stage.board.settled
    stage.board.feed(Snapshot(kinds.PODS, ()), stage.now)
    stage.wait(36)
    assert stage.board.settled


def test_a_kind_that_nobody_needs_may_be_missing() -> None:
    """No right to read Events, or no Kustomizations at all, does not keep anything from health."""
    stage = Stage(component("a"))
    stage.board.feed(Lost(kinds.EVENTS, "no right to read this kind"), stage.now)
    stage.board.feed(Lost(kinds.KUSTOMIZATIONS, "this kind is not served yet"), stage.now)
    stage.healthy("a")
    stage.wait(35)
    assert stage.board.settled


def test_what_a_relist_does_not_hold_is_gone() -> None:
    """A Snapshot is the whole truth about its kind."""
    stage = Stage(component("a"))
    stage.healthy("a")
    stage.wait()
    stage.board.feed(Snapshot(kinds.HELM_RELEASES, ()), stage.now)
    stage.wait()
    line = stage.board.lines["a"]
    assert (line.state, line.code) == (State.MISSING, "release_missing")


def test_a_named_condition_is_proof_where_there_is_no_workload() -> None:
    """A component may prove itself by a condition, of the object's present generation."""
    gateways = Resource("gateway.networking.k8s.io", "v1", "gateways")
    named = ExpectedCondition(
        group=gateways.group, version="v1", plural="gateways", kind="Gateway", namespace="a",
        name="entrance", type="Programmed",
    )  # fmt: skip
    stage = Stage(_with(component("a"), conditions=(named,)))
    stage.see(kinds.HELM_RELEASES, done("a"))
    stage.wait()
    assert "Gateway a/entrance is not there" in stage.board.lines["a"].detail
    meta = {"namespace": "a", "name": "entrance", "generation": 2}
    programmed = condition("Programmed", "True", "Programmed")
    old = {"metadata": meta, "status": {"conditions": [programmed]}}
    stage.see(gateways, old)
    stage.wait()
    assert stage.state("a") is State.INSTALLED
    now = {"metadata": meta, "status": {"conditions": [programmed | {"observedGeneration": 2}]}}
    stage.see(gateways, now)
    stage.wait()
    assert stage.state("a") is State.HEALTHY


def test_nodes_and_sources_are_told_once_for_each_change() -> None:
    """Early failures live above the components; a heartbeat is no change."""
    stage = Stage(component("a"))
    node = {"metadata": {"name": "cp1"}, "status": {"conditions": [condition("Ready", "True", "")]}}
    for beat in range(3):
        item = node | {"metadata": {"name": "cp1", "resourceVersion": str(beat)}}
        stage.see(kinds.NODES, item)
        stage.see(kinds.HELM_REPOSITORIES, repository())
        stage.wait()
    told = [e for e in stage.told if isinstance(e, NodeChanged | SourceChanged)]
    assert told == [
        NodeChanged(node="cp1", ready=True),
        SourceChanged(kind="HelmRepository", namespace="a", name="r", ready=True),
    ]
    stage.see(kinds.NODES, node, gone=True)
    assert stage.wait() == [NodeChanged(node="cp1", ready=False, reason="gone")]


def test_one_broken_release_in_a_graph_of_forty_shows_one_failed_and_the_rest_waiting_on_it() -> (
    None
):
    """Thirty-eight wait, each with the broken one as its root; one more is simply healthy."""
    names = [f"c{n}" for n in range(40)]
    needs = {name: ([] if n < 2 else [names[(n - 1) // 2 or 1]]) for n, name in enumerate(names)}
    stage = Stage(*(component(name, *needs[name]) for name in names))
    stage.healthy("c0")
    stage.see(kinds.HELM_RELEASES, stalled("c1"))
    for name in names[2:]:
        stage.see(kinds.HELM_RELEASES, waiting(name, *needs[name]))
    stage.wait(5)
    lines = stage.board.lines
    assert [n for n, line in lines.items() if line.state is State.FAILED] == ["c1"]
    held = [line for line in lines.values() if line.state is State.WAITING]
    assert len(held) == 38
    assert {line.waits_on[0] for line in held} == {"c1"}
    assert {line.reason for line in held} == {"c1"}


def test_releases_that_wait_for_each_other_are_drawn_and_end() -> None:
    """A circle, made behind our back, is shown as waiting and is no endless loop."""
    stage = Stage(component("a", "b"), component("b", "a"))
    stage.see(kinds.HELM_RELEASES, waiting("a", "b"), waiting("b", "a"))
    stage.wait()
    assert {line.state for line in stage.board.lines.values()} == {State.WAITING}


def test_a_controller_that_overlooks_what_is_ready_is_dead() -> None:
    """Flux looks at unmet dependencies every 30 s; who still waits long after was forgotten."""
    flux = ExpectedComponent(
        name="flux",
        rungs=(Rung.WORKLOADS,),
        workloads=(ExpectedWorkload(kind="Deployment", namespace="flux", name="helm-controller"),),
    )
    stage = Stage(component("a"), component("b", "a"), flux)
    controller = deployment("flux") | {"metadata": {"namespace": "flux", "name": "helm-controller"}}
    stage.see(kinds.DEPLOYMENTS, controller)
    stage.healthy("a")
    stage.see(kinds.HELM_RELEASES, waiting("b", "a"))
    stage.wait(50)
    assert stage.state("flux") is State.HEALTHY
    stage.wait(60)
    line = stage.board.lines["flux"]
    assert (line.state, line.code) == (State.DEGRADED, "flux_silent")
    assert "helm-controller writes nothing, and HelmRelease b/b waits for it" in line.detail
    assert stage.board.lines["b"].waits_on == ("flux",)
    stage.wait(600)
    assert stage.state("flux") is State.FAILED


def test_a_suspended_release_is_known_by_its_spec_alone() -> None:
    """Its Ready still says True."""
    stage = Stage(component("a"))
    item = done("a")
    stage.see(kinds.HELM_RELEASES, item | {"spec": item["spec"] | {"suspend": True}})
    stage.see(kinds.DEPLOYMENTS, deployment("a"))
    stage.wait()
    assert stage.state("a") is State.SUSPENDED


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = (
    "metadata", "spec", "status", "conditions", "labels", "ownerReferences", "containerStatuses",
    "state", "waiting", "chart", "sourceRef", "dependsOn", "install", "remediation",
    "involvedObject", "volumes", "selector", "matchLabels", "artifact", "annotations",
    "finalizers", "generation",
)  # fmt: skip
shapes: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(FIELDS), st.deferred(lambda: json | shapes | st.lists(shapes, max_size=2)),
    max_size=4,
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(kinds.WATCHED), shapes, st.booleans()), max_size=6))
def test_no_shape_of_any_object_breaks_the_board(
    seen: list[tuple[Resource, dict[str, Any], bool]],
) -> None:
    """Foreign objects, unknown conditions and nonsense are taken in and never raise."""
    stage = Stage(component("a", probed=True))
    stage.healthy("a")
    for resource, item, gone in seen:
        named = {"namespace": "a", "name": "a"}
        meta = item.get("metadata")
        mine = item | {"metadata": (meta if isinstance(meta, dict) else {}) | named}
        for each in (item, mine):
            stage.board.feed(Changed(resource, each, gone), stage.now)
        stage.wait(1)


def _with(made: Any, **more: Any) -> Any:
    return type(made)(**{name: getattr(made, name) for name in made.__struct_fields__} | more)
