"""What comes of fetching a source: an artifact, or the reason why there is none."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.kinds import SECRETS, SOURCES
from provisioner.rehearsal.actor.scene import Scene
from provisioner.rehearsal.actor.status import digest

STORAGE = "http://source-controller.flux-system.svc.cluster.local."
RELEASE = "helm.toolkit.fluxcd.io/name"


@dataclass(frozen=True)
class Fetched:
    """A source was fetched."""

    revision: str
    building: str
    """What the controller says while it stores the artifact."""
    stored: str
    announced: str
    """The Event's text."""
    artifact: dict[str, Any]
    reason: str = "Succeeded"
    event: str = "NewArtifact"
    outdated: str = "NewRevision"
    """Why an artifact that was there before is replaced."""
    before: dict[str, Any] = field(default_factory=dict)
    """Status fields that are written before the artifact."""
    after: dict[str, Any] = field(default_factory=dict)
    """Status fields that are written with it."""


@dataclass(frozen=True)
class Failed:
    """A source could not be fetched."""

    reason: str
    message: str
    stalled: bool = False
    warning: bool = True
    after: dict[str, Any] = field(default_factory=dict)


async def repository(scene: Scene, item: Object) -> Fetched | Failed:
    """Fetch the index of a HelmRepository."""
    meta, url = item["metadata"], item["spec"]["url"]
    fault = scene.script.source_fault(meta["name"])
    if fault is not None:
        return Failed(fault.reason, fault.message)
    revision = digest("index", url)
    place = f"helmrepository/{meta['namespace']}/{meta['name']}"
    return Fetched(
        revision=revision,
        building=f"building artifact: new index revision '{revision}'",
        stored=f"stored artifact: revision '{revision}'",
        announced=f"stored fetched index of size 412.6kB from '{url}'",
        artifact=_artifact(
            f"{place}/index-{revision.removeprefix('sha256:')}.yaml", revision, 412600
        ),
        after={"url": f"{STORAGE}/{place}/index.yaml"},
    )


async def artifact(scene: Scene, item: Object) -> Fetched | Failed:
    """Pull the artifact of an OCIRepository."""
    meta, url = item["metadata"], item["spec"]["url"]
    fault = scene.script.source_fault(meta["name"])
    if fault is not None:
        reason = "OCIArtifactPullFailed" if fault.reason == "Failed" else fault.reason
        return Failed(reason, fault.message)
    reference = item["spec"].get("ref", {})
    tag = reference.get("tag") or reference.get("semver") or "latest"
    content = reference.get("digest") or digest(url, tag)
    revision = f"{tag}@{content}"
    place = f"ocirepository/{meta['namespace']}/{meta['name']}"
    return Fetched(
        revision=revision,
        building=f"building artifact: new revision '{revision}' for "
        f"'{url.removeprefix('oci://')}:{tag}'",
        stored=f"stored artifact for digest '{revision}'",
        announced=f"stored artifact with revision '{revision}' from '{url}'",
        artifact=_artifact(f"{place}/{content}.tar.gz", revision, 48211)
        | {"metadata": {"org.opencontainers.image.version": tag}},
        after={"url": f"{STORAGE}/{place}/latest.tar.gz"},
    )


async def chart(scene: Scene, item: Object) -> Fetched | Failed:
    """Pull the chart that a HelmChart names from its repository."""
    meta, spec = item["metadata"], item["spec"]
    reference = spec["sourceRef"]
    source = scene.get(SOURCES[reference["kind"]], meta["namespace"], reference["name"])
    if source is None:
        missing = f'{reference["kind"]}.source.toolkit.fluxcd.io "{reference["name"]}" not found'
        return Failed("SourceUnavailable", f"failed to get source: {missing}")
    index = source.get("status", {}).get("artifact")
    if index is None and source["spec"].get("type") != "oci":
        told = f"no artifact available for {reference['kind']} source '{reference['name']}'"
        return Failed("NoSourceArtifact", told, warning=False)
    observed = {"observedSourceArtifactRevision": index["revision"]} if index else {}
    fault = scene.script.chart_fault(meta.get("labels", {}).get(RELEASE, ""))
    if fault is not None:
        told = f"invalid chart reference: {fault.message}"
        return Failed("InvalidChartReference", told, stalled=True, after=observed)
    name, version = spec["chart"], spec.get("version", "*")
    told = f"pulled '{name}' chart with version '{version}'"
    place = f"helmchart/{meta['namespace']}/{meta['name']}"
    return Fetched(
        revision=version,
        building=f"building artifact: {told}",
        stored=told,
        announced=told,
        artifact=_artifact(f"{place}/{name}-{version}.tgz", version, 48211),
        reason="ChartPullSucceeded",
        event="ChartPullSucceeded",
        outdated="NewChart",
        before=observed,
        after={"observedChartName": name, "url": f"{STORAGE}/{place}/latest.tar.gz"},
    )


async def git(scene: Scene, item: Object) -> Fetched | Failed:
    """Check out the commit that a GitRepository is pinned to, or the newest of a branch."""
    meta, spec = item["metadata"], item["spec"]
    url, ref = spec["url"], spec.get("ref", {})
    branch = "" if "commit" in ref else ref.get("branch", "master")
    fault, host = scene.script.source_fault(meta["name"]), scene.script.host
    if fault is not None:
        return Failed(fault.reason, fault.message)
    if host is None:
        told = f"failed to checkout and determine revision: unable to clone '{url}'"
        return Failed("GitOperationFailed", f"{told}: no such host")
    user = password = ""
    if "secretRef" in spec:
        name = spec["secretRef"]["name"]
        secret = scene.get(SECRETS, meta["namespace"], name)
        if secret is None:
            told = f"failed to get secret '{meta['namespace']}/{name}': "
            return Failed("AuthenticationFailed", f'{told}{told}secrets "{name}" not found')
        user, password = (_plain(secret, key) for key in ("username", "password"))
    answer = await host.asked(url, ref.get("commit", branch), user, password)
    if answer.refusal:
        return Failed(answer.reason, answer.refusal)
    revision = f"{branch}@sha1:{answer.commit}".lstrip("@")
    place = f"gitrepository/{meta['namespace']}/{meta['name']}/{answer.commit}.tar.gz"
    return Fetched(
        revision=revision,
        building=f"building artifact: new upstream revision '{revision}'",
        stored=f"stored artifact for revision '{revision}'",
        announced=f"stored artifact for commit '{answer.subject}'",
        artifact=_artifact(place, revision, 48211),
    )


def _plain(secret: Object, key: str) -> str:
    return base64.b64decode(secret.get("data", {}).get(key, "")).decode()


def _artifact(place: str, revision: str, size: int) -> dict[str, Any]:
    return {
        "path": place,
        "revision": revision,
        "digest": digest(place, revision),
        "size": size,
        "url": f"{STORAGE}/{place}",
    }
