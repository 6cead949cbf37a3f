"""Which versions a component of the kit is made of, read where its manifests pin them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.cluster.ports import Object

if TYPE_CHECKING:
    from provisioner.cluster.kitfiles import FluxPin, Part


def versions(part: Part, flux: FluxPin) -> tuple[str, ...]:
    """Return each chart of a component with its version; Flux, which has no chart, by its pin."""
    tags = {
        each["metadata"]["name"]: str(each.get("spec", {}).get("ref", {}).get("tag") or "")
        for each in part.objects
        if each["kind"] == "OCIRepository"
    }
    releases = [each for each in part.objects if each["kind"] == "HelmRelease"]
    found = tuple(filter(None, (_version(each, tags) for each in releases)))
    if not releases and any(each.namespace == flux.namespace for each in part.sheet.workloads):
        return (f"flux {flux.version}",)
    return found


def _version(release: Object, tags: dict[str, str]) -> str:
    spec = release.get("spec", {})
    chart = spec.get("chart", {}).get("spec", {})
    name = chart.get("chart") or spec.get("chartRef", {}).get("name") or ""
    version = chart.get("version") or tags.get(name) or ""
    return f"{name} {version}" if version else ""
