"""What Flux's objects say, reduced to what the board asks of them.

Reconciling, Stalled and FetchFailed are either True or absent. ``observed`` is -1 until a
controller has finished with an object once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from provisioner.cluster.duration import seconds
from provisioner.cluster.evidence.shapes import (
    Condition,
    Key,
    Ref,
    at,
    conditions,
    listed,
    mapping,
    number,
    text,
)
from provisioner.cluster.ports import Object

NONE = Condition()
TIMEOUT = 300.0
REQUESTED = "reconcile.fluxcd.io/requestedAt"


class FluxObject(msgspec.Struct, frozen=True, kw_only=True):
    """What all of Flux's objects share."""

    ref: Ref
    generation: int
    observed: int
    suspended: bool
    deleting: bool
    adopted: bool
    """Whether a controller has put its finalizer on it."""
    requested: str
    """The newest wish that it be looked at, empty if there was none."""
    handled: str
    """The wish that was last fulfilled."""
    conditions: Mapping[str, Condition]

    @property
    def ready(self) -> Condition:
        """The Ready condition."""
        return self.conditions.get("Ready", NONE)

    @property
    def reconciling(self) -> Condition | None:
        """The Reconciling condition, while it is there."""
        found = self.conditions.get("Reconciling")
        return found if found is not None and found.status == "True" else None

    @property
    def stalled(self) -> Condition | None:
        """The Stalled condition, while it is there."""
        found = self.conditions.get("Stalled")
        return found if found is not None and found.status == "True" else None

    @property
    def done(self) -> bool:
        """Whether the present spec is a fact, and not that of some generation before.

        A first success is told in steps, Ready first; ``observed`` comes last. Once it has come,
        another look at the same generation takes nothing away.
        """
        if self.ready.status != "True" or self.observed != self.generation:
            return False
        return self.reconciling is None or self.ready.observed == self.generation

    @property
    def unanswered(self) -> bool:
        """Whether nobody has begun to work on what the object asks for."""
        if self.suspended and not self.deleting:
            return False
        if self.requested and self.requested != self.handled:
            return self.reconciling is None
        begun = self.reconciling is not None and self.reconciling.observed == self.generation
        spoke = any(each.observed == self.generation for each in self.conditions.values())
        return self.observed != self.generation and not begun and not spoke


class SourceSeen(FluxObject, frozen=True, kw_only=True):
    """A source, a HelmChart or a Kustomization."""

    artifact: bool
    """Whether something was fetched and is kept."""
    static: bool
    """A HelmRepository of type oci never gets a status; it is only an address."""

    @property
    def failure(self) -> Condition | None:
        """Why it cannot be fetched, if so; what merely goes on is no failure."""
        fetch = self.conditions.get("FetchFailed")
        if fetch is not None and fetch.status == "True":
            return fetch
        return self.ready if self.ready.status == "False" else None


class ReleaseSeen(FluxObject, frozen=True, kw_only=True):
    """A HelmRelease."""

    failures: int
    install_failures: int
    upgrade_failures: int
    attempts: int | None
    """How often it is tried before it stalls; None if for ever."""
    timeout: float
    source: Ref
    """The HelmChart or OCIRepository that holds its chart."""
    repository: Ref | None
    """Where that HelmChart comes from."""
    needs: tuple[Key, ...]
    """The releases it depends on."""

    @property
    def counted(self) -> int:
        """Attempts that failed and that count towards the end."""
        return max(self.install_failures, self.upgrade_failures)


def source_seen(kind: str, item: Object) -> SourceSeen:
    """Return what a source, HelmChart or Kustomization says."""
    status = mapping(item.get("status"))
    artifact = mapping(status.get("artifact")) or text(status.get("lastAppliedRevision"))
    oci = kind == "HelmRepository" and mapping(item.get("spec")).get("type") == "oci"
    return SourceSeen(artifact=bool(artifact), static=oci, **_shared(kind, item))


def release_seen(item: Object) -> ReleaseSeen:
    """Return what a HelmRelease says."""
    spec, status = mapping(item.get("spec")), mapping(item.get("status"))
    shared = _shared("HelmRelease", item)
    own: Ref = shared["ref"]
    source, repository = _sources(spec, status, own)
    return ReleaseSeen(
        failures=number(status.get("failures")),
        install_failures=number(status.get("installFailures")),
        upgrade_failures=number(status.get("upgradeFailures")),
        attempts=_attempts(spec, number(status.get("upgradeFailures")) > 0),
        timeout=seconds(spec.get("timeout"), TIMEOUT),
        source=source,
        repository=repository,
        needs=tuple(
            Key(text(each.get("namespace")) or own.namespace, text(each.get("name")))
            for each in listed(spec.get("dependsOn"))
        ),
        **shared,
    )


def _shared(kind: str, item: Object) -> dict[str, Any]:
    meta, status = mapping(item.get("metadata")), mapping(item.get("status"))
    return {
        "ref": Ref(kind, text(meta.get("namespace")), text(meta.get("name"))),
        "generation": number(meta.get("generation"), 1),
        "observed": number(status.get("observedGeneration"), -1),
        "suspended": at(item, "spec").get("suspend") is True,
        "deleting": bool(meta.get("deletionTimestamp")),
        "adopted": bool(meta.get("finalizers")),
        "requested": text(at(meta, "annotations").get(REQUESTED)),
        "handled": text(status.get("lastHandledReconcileAt")),
        "conditions": conditions(status),
    }


def _attempts(spec: Mapping[str, Any], upgrading: bool) -> int | None:
    action = mapping(spec.get("upgrade" if upgrading else "install"))
    if at(action, "strategy").get("name") == "RetryOnFailure":
        return None
    retries = number(at(action, "remediation").get("retries"))
    return None if retries < 0 else retries + 1


def _sources(
    spec: Mapping[str, Any], status: Mapping[str, Any], own: Ref
) -> tuple[Ref, Ref | None]:
    """Return where the chart is held, and the repository that a HelmChart takes it from."""
    direct = mapping(spec.get("chartRef"))
    if direct:
        namespace = text(direct.get("namespace")) or own.namespace
        return Ref(text(direct.get("kind")), namespace, text(direct.get("name"))), None
    origin = at(spec, "chart", "spec", "sourceRef")
    namespace = text(origin.get("namespace")) or own.namespace
    repository = Ref(text(origin.get("kind")), namespace, text(origin.get("name")))
    held, _, name = text(status.get("helmChart")).partition("/")
    if not name:
        held, name = namespace, f"{own.namespace}-{own.name}"
    return Ref("HelmChart", held, name), repository
