"""Whether a workload is there, as Helm and an operator judge it."""

from __future__ import annotations

from provisioner.cluster.ports import Object


def is_ready(item: Object | None) -> bool:
    """Return whether a workload's present generation is fully available."""
    if item is None:
        return False
    status, spec = item.get("status", {}), item["spec"]
    if item["kind"] == "Job":
        return bool(status.get("succeeded", 0) >= spec.get("completions", 1))
    if status.get("observedGeneration", 0) < item["metadata"]["generation"]:
        return False
    if item["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        return bool(wanted and status.get("numberReady", 0) >= wanted)
    wanted = spec.get("replicas", 1)
    updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    return bool(updated >= wanted and ready >= wanted)
