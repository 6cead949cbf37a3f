"""Whether workloads are available, by their own controllers' word about their present spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from provisioner.cluster.evidence.shapes import (
    Key,
    Ref,
    at,
    conditions,
    mapping,
    number,
    one_line,
    sentence,
    text,
)
from provisioner.cluster.evidence.trouble import Trouble
from provisioner.cluster.ports import Object

RELEASE_NAME = "helm.toolkit.fluxcd.io/name"
RELEASE_NAMESPACE = "helm.toolkit.fluxcd.io/namespace"


class WorkloadSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A Deployment, StatefulSet, DaemonSet or Job."""

    ref: Ref
    release: Key | None
    """The HelmRelease that made it."""
    selector: tuple[tuple[str, str], ...]
    current: bool
    """Whether its controller has seen the present spec."""
    wanted: int
    there: int
    """How many pods are as wanted: of the present spec, and available (a Job: done)."""
    trouble: Trouble | None = None
    """What its controller itself complains of."""

    @property
    def available(self) -> bool:
        """Whether all that is wanted is there."""
        return self.current and self.there >= self.wanted


def workload_seen(kind: str, item: Object) -> WorkloadSeen:
    """Return what a workload says."""
    meta, status = mapping(item.get("metadata")), mapping(item.get("status"))
    labels = mapping(meta.get("labels"))
    name = text(labels.get(RELEASE_NAME))
    ref = Ref(kind, text(meta.get("namespace")), text(meta.get("name")))
    wanted, there = _counts(kind, mapping(item.get("spec")), status)
    generation = number(meta.get("generation"), 1)
    current = kind == "Job" or number(status.get("observedGeneration"), generation) >= generation
    return WorkloadSeen(
        ref=ref,
        release=Key(text(labels.get(RELEASE_NAMESPACE)), name) if name else None,
        selector=_selector(item),
        current=current,
        wanted=wanted,
        there=there,
        trouble=_trouble(ref, status),
    )


def _selector(item: Object) -> tuple[tuple[str, str], ...]:
    labels = at(item, "spec", "selector", "matchLabels")
    return tuple(sorted((key, text(value)) for key, value in labels.items()))


def _counts(kind: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> tuple[int, int]:
    def said(name: str) -> int:
        return number(status.get(name))

    if kind == "DaemonSet":
        # Before its controller has counted the nodes, none are wanted: that proves nothing.
        wanted = said("desiredNumberScheduled") if "desiredNumberScheduled" in status else 1
        return wanted, min(
            said("numberReady"), number(status.get("updatedNumberScheduled"), wanted)
        )
    if kind == "Job":
        complete = conditions(status).get("Complete")
        return 1, int(complete is not None and complete.status == "True")
    wanted = number(spec.get("replicas"), 1)
    if kind == "StatefulSet":
        return wanted, min(said("readyReplicas"), number(status.get("updatedReplicas"), wanted))
    return wanted, min(said("availableReplicas"), said("updatedReplicas"))


def _trouble(ref: Ref, status: Mapping[str, Any]) -> Trouble | None:
    known = conditions(status)
    failed = known.get("Failed")
    if ref.kind == "Job" and failed is not None and failed.status == "True":
        return Trouble(
            "job_failed", "job failed", sentence(str(ref), failed.message or failed.reason)
        )
    refused = known.get("ReplicaFailure")
    if refused is not None and refused.status == "True":
        return Trouble(
            "pods_refused", "pods refused", sentence(str(ref), one_line(refused.message))
        )
    progress = known.get("Progressing")
    if progress is not None and progress.reason == "ProgressDeadlineExceeded":
        return Trouble(
            "not_progressing", "no progress", sentence(str(ref), one_line(progress.message))
        )
    return None
