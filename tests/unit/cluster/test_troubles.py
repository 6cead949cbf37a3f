"""What is wrong with a pod is named: reason, sentence with the exact object, a remedy's code."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.cluster.evidence import kinds
from provisioner.events import ComponentChanged
from provisioner.facts import State
from tests.unit.cluster.objects import Stage, component, condition, deployment, installing, pod

PULL = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off: x: not found"}}
CRASH = {"waiting": {"reason": "CrashLoopBackOff"}}
TROUBLES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "image_pull",
        "example.org/a:1 cannot be pulled (ImagePullBackOff: not found)",
        {"state": PULL},
    ),
    ("image_pull", "ErrImagePull", {"state": {"waiting": {"reason": "ErrImagePull"}}}),
    (
        "container_config",
        'secret "key" not found',
        {
            "state": {
                "waiting": {
                    "reason": "CreateContainerConfigError",
                    "message": 'secret "key" not found',
                }
            }
        },
    ),
    ("crash_loop", "exit code 3", {"state": CRASH, "last": {"terminated": {"exitCode": 3}}}),
    (
        "out_of_memory",
        "OOMKilled",
        {"state": CRASH, "last": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
    ),
    (
        "unschedulable",
        "Insufficient memory",
        {
            "containerStatuses": [],
            "conditions": [
                condition("PodScheduled", "False", "Unschedulable", "1 Insufficient memory.")
            ],
        },
    ),
    (
        "pod_failed",
        "Evicted",
        {"containerStatuses": [], "phase": "Failed", "reason": "Evicted", "message": "low on disk"},
    ),
]


@pytest.mark.parametrize(("code", "says", "how"), TROUBLES)
def test_trouble_of_a_pod_is_named_with_the_exact_object(
    code: str, says: str, how: dict[str, Any]
) -> None:
    """While Helm waits, the pod's own reason is shown, with a remedy's code and the pod's name."""
    stage = Stage(component("a"))
    stage.see(kinds.HELM_RELEASES, installing("a"))
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=0))
    stage.see(kinds.PODS, pod("a", **how))
    stage.wait()
    line = stage.board.lines["a"]
    assert (line.state, line.code) == (State.INSTALLING, code)
    assert says in line.detail
    assert "Pod a/a-5f7-x" in line.detail


def test_a_pending_claim_is_the_object_at_fault() -> None:
    """A pod that no node takes for want of a volume names the claim, and why it has none."""
    stage = Stage(component("a"))
    said = "pod has unbound immediate PersistentVolumeClaims"
    unscheduled = [condition("PodScheduled", "False", "Unschedulable", said)]
    stage.see(kinds.HELM_RELEASES, installing("a"))
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=0))
    stage.see(kinds.PODS, pod("a", containerStatuses=[], conditions=unscheduled))
    claim = {"metadata": {"namespace": "a", "name": "data"}, "status": {"phase": "Pending"}}
    stage.see(kinds.CLAIMS, claim)
    stage.see(
        kinds.EVENTS,
        {
            "metadata": {"namespace": "a", "name": "e"},
            "type": "Warning",
            "reason": "ProvisioningFailed",
            "message": 'storageclass "fast" not found',
            "involvedObject": {"kind": "PersistentVolumeClaim", "namespace": "a", "name": "data"},
        },
    )
    stage.wait()
    line = stage.board.lines["a"]
    assert line.code == "volume_pending"
    assert line.detail == (
        'PersistentVolumeClaim a/data is Pending: storageclass "fast" not found.'
    )


def test_two_words_of_kubelet_for_one_failure_do_not_flicker() -> None:
    """ErrImagePull and ImagePullBackOff take turns; the line is told once for each, at most."""
    stage = Stage(component("a"))
    stage.see(kinds.HELM_RELEASES, installing("a"))
    stage.see(kinds.DEPLOYMENTS, deployment("a", there=0))
    again = {"waiting": {"reason": "ErrImagePull", "message": "x: not found"}}
    for state in (again, PULL, again, PULL, again):
        stage.see(kinds.PODS, pod("a", state=state))
        stage.wait()
    told = [e for e in stage.told if isinstance(e, ComponentChanged) and e.code == "image_pull"]
    assert len(told) == 2
    assert "ImagePullBackOff" in stage.board.lines["a"].detail
