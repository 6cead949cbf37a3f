"""What a HelmRelease needs before Helm may run: its chart, its dependencies, its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.durations import seconds, written
from provisioner.rehearsal.actor.kinds import (
    CONFIG_MAPS,
    HELM_CHARTS,
    HELM_RELEASES,
    SECRETS,
    SOURCES,
)
from provisioner.rehearsal.actor.manifests import NAME_LABEL, NAMESPACE_LABEL
from provisioner.rehearsal.actor.recorder import Recorder
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import is_ready
from provisioner.rehearsal.actor.store import Key

MANAGER = "helm-controller"


@dataclass(frozen=True)
class Missing:
    """Why a release cannot be installed yet."""

    reason: str
    message: str


@dataclass(frozen=True)
class ChartInHand:
    """A fetched chart."""

    name: str
    version: str
    digest: str = ""
    """Of an OCI artifact."""


async def ensure_chart(scene: Scene, recorder: Recorder, item: Object) -> str:
    """Create or adapt the HelmChart that a release's ``spec.chart`` asks for; returns its name."""
    meta, template = item["metadata"], item["spec"]["chart"]["spec"]
    namespace = template["sourceRef"].get("namespace", meta["namespace"])
    key = Key(namespace, f"{meta['namespace']}-{meta['name']}")
    reference = {n: v for n, v in template["sourceRef"].items() if n in ("kind", "name")}
    spec = {
        "chart": template["chart"],
        "version": template.get("version", "*"),
        "sourceRef": reference,
        "interval": written(seconds(template.get("interval", item["spec"]["interval"]))),
        "reconcileStrategy": template.get("reconcileStrategy", "ChartVersion"),
    }
    source = f"{reference['kind']}/{namespace}/{reference['name']}"
    known = scene.store.get(HELM_CHARTS, key)
    if known is None:
        labels = {NAME_LABEL: meta["name"], NAMESPACE_LABEL: meta["namespace"]}
        body = {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "HelmChart",
            "metadata": {"name": key.name, "namespace": key.namespace, "labels": labels},
            "spec": spec,
        }
        await scene.create(HELM_CHARTS, body, MANAGER)
        told = f"Created HelmChart/{key} with SourceRef '{source}'"
        await recorder.event(item, "HelmChartCreated", told, MANAGER)
    elif {name: known["spec"].get(name) for name in spec} != spec:
        await scene.patch(HELM_CHARTS, known, {"spec": spec}, MANAGER)
        told = f"Configured HelmChart/{key} with SourceRef '{source}'"
        await recorder.event(item, "HelmChartConfigured", told, MANAGER)
    return str(key)


def dependency(scene: Scene, item: Object) -> Missing | None:
    """Return the first dependency that is not ready, or None."""
    for needed in item["spec"].get("dependsOn", ()):
        key = Key(needed.get("namespace", item["metadata"]["namespace"]), needed["name"])
        found = scene.store.get(HELM_RELEASES, key)
        if found is None:
            absent = f'helmreleases.helm.toolkit.fluxcd.io "{key.name}" not found'
            told = f"unable to get '{key}' dependency: {absent}"
            return Missing("DependencyNotReady", told)
        if not is_ready(found):
            return Missing("DependencyNotReady", f"dependency '{key}' is not ready")
    return None


def chart(scene: Scene, item: Object) -> ChartInHand | Missing:
    """Return the release's chart once its source is ready."""
    spec, meta = item["spec"], item["metadata"]
    reference = spec.get("chartRef")
    if reference is None:
        kind = "HelmChart"
        place = spec["chart"]["spec"]["sourceRef"].get("namespace", meta["namespace"])
        key = Key(place, f"{meta['namespace']}-{meta['name']}")
    else:
        kind = reference["kind"]
        key = Key(reference.get("namespace", meta["namespace"]), reference["name"])
    source = scene.store.get(SOURCES[kind], key)
    if source is None:
        told = f'{kind}.source.toolkit.fluxcd.io "{key.name}" not found'
        return Missing("ArtifactFailed", f"could not get Source object: {told}")
    if not is_ready(source):
        return Missing("SourceNotReady", f"{kind} '{key}' is not ready: {_why(source)}")
    return _in_hand(kind, source)


def _why(source: Object) -> str:
    conditions = source.get("status", {}).get("conditions", ())
    ready: dict[str, Any] = next((c for c in conditions if c["type"] == "Ready"), {})
    current = ready.get("observedGeneration") == source["metadata"]["generation"]
    if ready.get("status") == "False" and current:
        return str(ready["message"])
    return "latest generation of object has not been reconciled"


def _in_hand(kind: str, source: Object) -> ChartInHand:
    revision = str(source["status"]["artifact"]["revision"])
    if kind == "HelmChart":
        return ChartInHand(name=source["spec"]["chart"], version=revision)
    name = source["spec"]["url"].rpartition("/")[2]
    tag, _, content = revision.partition("@")
    short = content.removeprefix("sha256:")[:12]
    return ChartInHand(name=name, version=f"{tag}+{short}", digest=content)


def values(scene: Scene, item: Object) -> Missing | None:
    """Return which values reference cannot be resolved, or None."""
    namespace = item["metadata"]["namespace"]
    for reference in item["spec"].get("valuesFrom", ()):
        kind, name = reference["kind"], reference["name"]
        resource = CONFIG_MAPS if kind == "ConfigMap" else SECRETS
        if scene.get(resource, namespace, name) is None and not reference.get("optional"):
            absent = f'{kind.lower()}s "{name}" not found'
            told = f"could not resolve {kind} chart values reference '{namespace}/{name}'"
            return Missing("ValuesError", f"{told} with key 'values.yaml': {absent}")
    return None


def config(item: Object) -> dict[str, Any]:
    """Return what of a release's spec Helm is given."""
    return dict(item["spec"].get("values") or {})
