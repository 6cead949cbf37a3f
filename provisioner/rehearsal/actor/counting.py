"""The status of workloads, counted from their pods."""

from __future__ import annotations

from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.kinds import (
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    REPLICA_SETS,
    STATEFUL_SETS,
)

KINDS = {
    DEPLOYMENTS: "Deployment",
    REPLICA_SETS: "ReplicaSet",
    STATEFUL_SETS: "StatefulSet",
    DAEMON_SETS: "DaemonSet",
    JOBS: "Job",
}
TEMPLATE = "rehearsal.catalyst/template"
"""On a pod: which template it was made from."""
ORDINAL = "rehearsal.catalyst/ordinal"
"""On a pod: its number among its workload's pods."""
OWNER = "rehearsal.catalyst/workload"
"""On a claim: the workload whose pod claims it."""

Fields = dict[str, Any]


def pod_ready(pod: Object) -> bool:
    """Return whether a pod says that it is ready."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def settled(pod: Object) -> bool:
    """Return whether nothing more happens to a pod by itself."""
    return pod_ready(pod) or pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def is_up(node: Object) -> bool:
    """Return whether a node takes pods."""
    return pod_ready(node) and not node["spec"].get("unschedulable")


def repeats(pod: Object) -> int:
    """Return how often a pod's containers were restarted."""
    containers = pod.get("status", {}).get("containerStatuses", ())
    return max((int(c["restartCount"]) for c in containers), default=0)


def ready(pods: list[Object]) -> bool:
    """Return whether all pods are ready."""
    return all(pod_ready(pod) for pod in pods)


def replica_set(item: Object, pods: list[Object]) -> Fields:
    """Return a ReplicaSet's status."""
    up = sum(map(pod_ready, pods))
    return {
        "observedGeneration": item["metadata"]["generation"],
        "replicas": len(pods),
        "fullyLabeledReplicas": len(pods),
        "readyReplicas": up,
        "availableReplicas": up,
    }


def deployment(item: Object, owned: Object, pods: list[Object], now: str, *, late: bool) -> Fields:
    """Return a Deployment's status; ``late`` says that it made no progress for too long."""
    wanted, up = item["spec"].get("replicas", 1), sum(map(pod_ready, pods))
    enough, name = up >= wanted, owned["metadata"]["name"]
    if enough:
        available = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        told = f'ReplicaSet "{name}" has successfully progressed.'
        progress = ("True", "NewReplicaSetAvailable", told)
    else:
        lacking = "Deployment does not have minimum availability."
        available = ("False", "MinimumReplicasUnavailable", lacking)
        progress = ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
        if _progressed(item):
            # A rollout that was complete stays so when pods are lost later.
            told = f'ReplicaSet "{name}" has successfully progressed.'
            progress = ("True", "NewReplicaSetAvailable", told)
        elif late:
            told = f'ReplicaSet "{name}" has timed out progressing.'
            progress = ("False", "ProgressDeadlineExceeded", told)
    known = item.get("status", {}).get("conditions", ())
    return {
        "observedGeneration": item["metadata"]["generation"],
        "replicas": len(pods),
        "updatedReplicas": len(pods),
        "readyReplicas": up,
        "availableReplicas": up,
        "unavailableReplicas": max(0, wanted - up),
        "conditions": [
            _condition(known, "Available", available, now),
            _condition(known, "Progressing", progress, now),
        ],
    }


def _progressed(item: Object) -> bool:
    status = item.get("status", {})
    current = status.get("observedGeneration") == item["metadata"]["generation"]
    known = status.get("conditions", ())
    return current and any(c["reason"] == "NewReplicaSetAvailable" for c in known)


def stateful_set(item: Object, pods: list[Object]) -> Fields:
    """Return a StatefulSet's status."""
    up = sum(map(pod_ready, pods))
    revision = f"{item['metadata']['name']}-{item['metadata']['generation']}"
    return {
        "observedGeneration": item["metadata"]["generation"],
        "replicas": len(pods),
        "currentReplicas": len(pods),
        "updatedReplicas": len(pods),
        "readyReplicas": up,
        "availableReplicas": up,
        "currentRevision": revision,
        "updateRevision": revision,
    }


def daemon_set(item: Object, pods: list[Object]) -> Fields:
    """Return a DaemonSet's status."""
    up = sum(map(pod_ready, pods))
    return {
        "observedGeneration": item["metadata"]["generation"],
        "desiredNumberScheduled": len(pods),
        "currentNumberScheduled": len(pods),
        "updatedNumberScheduled": len(pods),
        "numberReady": up,
        "numberAvailable": up,
        "numberUnavailable": len(pods) - up,
        "numberMisscheduled": 0,
    }


def job(item: Object, pods: list[Object], now: str) -> Fields:
    """Return a Job's status."""
    done = sum(pod.get("status", {}).get("phase") == "Succeeded" for pod in pods)
    known = item.get("status", {})
    fields: Fields = {
        "startTime": known.get("startTime", now),
        "active": len(pods) - done,
        "ready": sum(map(pod_ready, pods)),
    }
    if not done:
        return fields
    ended = known.get("completionTime", now)
    conditions = [
        {
            "type": kind,
            "status": "True",
            "reason": "CompletionsReached",
            "message": "Reached expected number of succeeded pods",
            "lastProbeTime": ended,
            "lastTransitionTime": ended,
        }
        for kind in ("SuccessCriteriaMet", "Complete")
    ]
    finished = {"active": 0, "ready": 0, "succeeded": done, "terminating": 0}
    return (
        fields
        | finished
        | {
            "uncountedTerminatedPods": {},
            "completionTime": ended,
            "conditions": conditions,
        }
    )


def _condition(known: Any, kind: str, told: tuple[str, str, str], now: str) -> Fields:
    status, reason, message = told
    before = next((c for c in known if c["type"] == kind), None)
    same = before is not None and before["status"] == status
    unchanged = same and before is not None and before["reason"] == reason
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": before["lastTransitionTime"] if same and before else now,
        "lastUpdateTime": before.get("lastUpdateTime", now) if unchanged and before else now,
    }
