"""The manifests that a release's charts would render, with the labels that Flux puts on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.kinds import namespaced
from provisioner.rehearsal.actor.store import Key
from provisioner.rehearsal.scenarios.model import ServicePlan, Workload

NAME_LABEL = "helm.toolkit.fluxcd.io/name"
NAMESPACE_LABEL = "helm.toolkit.fluxcd.io/namespace"
NAME_NOTE = "meta.helm.sh/release-name"
NAMESPACE_NOTE = "meta.helm.sh/release-namespace"
_API = {"Job": "batch/v1"}


@dataclass(frozen=True)
class Builder:
    """Renders for one release."""

    release: Key
    namespace: str
    config: str
    """Changes with the values, and with it the pods."""
    by_flux: bool = True
    """Whether Flux installs it, and so labels it."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the release tells its chart."""

    def workload(self, plan: Workload) -> Object:
        """Return a workload with its pod template."""
        selector = _selector(self.release, plan.name)
        spec: dict[str, Any] = {
            "template": {
                "metadata": {"labels": selector, "annotations": {"checksum/config": self.config}},
                "spec": _pod(plan),
            }
        }
        if plan.kind == "Job":
            spec["template"]["spec"]["restartPolicy"] = "Never"
        else:
            spec["selector"] = {"matchLabels": selector}
        if plan.kind in ("Deployment", "StatefulSet"):
            spec["replicas"] = _at(self.values, plan.replicas_at) or plan.replicas
        if plan.kind == "StatefulSet":
            spec |= {"serviceName": plan.name, "podManagementPolicy": "Parallel"}
            spec["volumeClaimTemplates"] = [
                {"metadata": {"name": "data"}, "spec": claim} for claim in self._claimed(plan)
            ]
        return self._object(_API.get(plan.kind, "apps/v1"), plan.kind, plan.name) | {"spec": spec}

    def claims(self, plan: Workload) -> list[Object]:
        """Return the claims that a chart makes itself: a Deployment has no template for them."""
        if plan.kind != "Deployment":
            return []
        made = self._object("v1", "PersistentVolumeClaim", plan.name)
        return [made | {"spec": claim} for claim in self._claimed(plan)]

    def _claimed(self, plan: Workload) -> list[dict[str, Any]]:
        if not plan.claim:
            return []
        spec: dict[str, Any] = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": plan.claim}},
        }
        named = _at(self.values, plan.storage_class_at)
        return [spec | ({"storageClassName": named} if named else {})]

    def service(self, plan: ServicePlan) -> Object:
        """Return a Service in front of a workload."""
        ports = [
            {"name": port.name, "port": port.port, "targetPort": port.port}
            | ({"appProtocol": "https"} if port.tls else {})
            for port in plan.ports
        ]
        selector = _selector(self.release, plan.workload)
        return self._object("v1", "Service", plan.name) | {
            "spec": {"selector": selector, "ports": ports}
        }

    def further(self, manifest: Object) -> Object:
        """Return one of a chart's other objects with its values, and with what Helm adds to it."""
        told = {name: str(value) for name, value in self.values.items()}
        item: Object = filled(msgspec.json.decode(msgspec.json.encode(manifest)), told)
        made = self._object(item["apiVersion"], item["kind"], item["metadata"]["name"])
        meta, own = made["metadata"], item["metadata"]
        meta["labels"] |= own.get("labels", {})
        if "namespace" in own:
            meta["namespace"] = own["namespace"]
        if not namespaced(item):
            del meta["namespace"]
        return item | {"metadata": meta}

    def _object(self, version: str, kind: str, name: str) -> Object:
        labels = {
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/name": name,
        }
        if self.by_flux:
            labels |= {NAME_LABEL: self.release.name, NAMESPACE_LABEL: self.release.namespace}
        notes = {
            NAME_NOTE: self.release.name,
            NAMESPACE_NOTE: self.namespace,
        }
        meta = {"name": name, "namespace": self.namespace, "labels": labels, "annotations": notes}
        return {"apiVersion": version, "kind": kind, "metadata": meta}


def release_of(item: Object) -> Key:
    """Return the release that an object belongs to, or an unnamed one."""
    labels, notes = (item["metadata"].get(part, {}) for part in ("labels", "annotations"))
    return Key(
        labels.get(NAMESPACE_LABEL) or notes.get(NAMESPACE_NOTE, ""),
        labels.get(NAME_LABEL) or notes.get(NAME_NOTE, ""),
    )


def filled(value: Any, facts: Mapping[str, str]) -> Any:
    """Return a manifest, or a part of one, with each ``{name}`` of ``facts`` replaced in it."""
    if isinstance(value, dict):
        return {name: filled(inner, facts) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, facts) for inner in value]
    if isinstance(value, str):
        for name, told in facts.items():
            value = value.replace(f"{{{name}}}", told)
    return value


def _selector(release: Key, workload: str) -> dict[str, str]:
    return {"app.kubernetes.io/instance": release.name, "app.kubernetes.io/component": workload}


def _pod(plan: Workload) -> dict[str, Any]:
    container: dict[str, Any] = {"name": plan.name, "image": plan.image}
    if plan.claim:
        container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    spec: dict[str, Any] = {"containers": [container]}
    if plan.claim and plan.kind == "Deployment":
        spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": plan.name}}]
    return spec


def _at(values: Mapping[str, Any], path: str) -> Any:
    """Return what stands at ``a.b.c`` of a release's values; None where nothing does."""
    found: Any = values
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
