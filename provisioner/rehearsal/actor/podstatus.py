"""The status that kubelet and scheduler write for one step of a pod's life."""

from __future__ import annotations

from typing import Any

import msgspec

from provisioner.cluster.ports import Object
from provisioner.rehearsal.scenarios.model import Step


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a step's texts may name in braces."""

    pod: str
    namespace: str
    uid: str
    container: str
    image: str
    node: str
    host: str
    """Address of the node."""
    nodes: int
    pull: str
    """Seconds that the image took."""
    now: str
    then: str
    """When the container was started last."""


def texts(value: Any, facts: Facts) -> Any:
    """Return a text, or a structure of texts, with the facts filled in."""
    if isinstance(value, dict):
        return {name: texts(inner, facts) for name, inner in value.items()}
    return value.format_map(msgspec.structs.asdict(facts)) if isinstance(value, str) else value


def pod_status(pod: Object, step: Step, facts: Facts) -> dict[str, Any]:
    """Return the status after a step, whole but for what never changes."""
    before = pod.get("status", {})
    return {
        "phase": step.phase,
        "conditions": _conditions(before.get("conditions", ()), step, facts),
        **(_running(before, pod, step, facts) if step.scheduled else {}),
    }


def unready(pod: Object, now: str) -> dict[str, Any]:
    """Return the status of a pod whose node is not ready any more."""
    told = {"status": "False", "reason": "NodeNotReady", "lastTransitionTime": now}
    known = pod.get("status", {}).get("conditions", ())
    return {"conditions": [c | told if c["type"] == "Ready" else c for c in known]}


def _running(before: dict[str, Any], pod: Object, step: Step, facts: Facts) -> dict[str, Any]:
    known = {c["name"]: c for c in before.get("containerStatuses", ())}
    containers = [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "ready": step.ready,
            "started": "running" in step.state,
            "restartCount": known.get(container["name"], {}).get("restartCount", 0) + step.restarts,
            "state": texts(step.state, facts),
            "lastState": texts(step.last, facts),
        }
        for container in pod["spec"]["containers"]
    ]
    return {
        "hostIP": facts.host,
        "startTime": before.get("startTime", facts.now),
        "qosClass": before.get("qosClass", "BestEffort"),
        "containerStatuses": containers,
    }


def _conditions(known: Any, step: Step, facts: Facts) -> list[dict[str, Any]]:
    placed = _told(step.scheduled, "Unschedulable", texts(step.unscheduled, facts))
    if not step.scheduled:
        return [_condition(known, "PodScheduled", placed, facts.now)]
    done = step.phase == "Succeeded"
    lacking = _told(
        step.ready,
        "PodCompleted" if done else "ContainersNotReady",
        "" if done else f"containers with unready status: [{facts.container}]",
    )
    return [
        _condition(known, "PodReadyToStartContainers", ("True", "", ""), facts.now),
        _condition(known, "Initialized", ("True", "", ""), facts.now),
        _condition(known, "Ready", lacking, facts.now),
        _condition(known, "ContainersReady", lacking, facts.now),
        _condition(known, "PodScheduled", placed, facts.now),
    ]


def _told(holds: bool, reason: str, message: str) -> tuple[str, str, str]:
    return ("True", "", "") if holds else ("False", reason, message)


def _condition(known: Any, kind: str, told: tuple[str, str, str], now: str) -> dict[str, Any]:
    status, reason, message = told
    before = next((c for c in known if c["type"] == kind and c["status"] == status), None)
    since = before["lastTransitionTime"] if before else now
    made = {"type": kind, "status": status, "lastTransitionTime": since}
    return made | ({"reason": reason, "message": message} if reason else {})
