"""What an operator may ask of Flux: look again, stop looking, go on.

A wish is an annotation with a token, as Flux's own command line writes it. What a HelmRelease says
of a wish it says when the work is done, so nothing is awaited here: the board shows what becomes of
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from provisioner.cluster.evidence import delivery, kinds
from provisioner.cluster.evidence.flux_objects import REQUESTED, ReleaseSeen, release_seen
from provisioner.cluster.evidence.shapes import Ref, at
from provisioner.cluster.ports import Kube, Object, Resource
from provisioner.errors import CatalystError, ClusterError, Misnamed
from provisioner.facts import ExpectedComponent, Release

RESET = "reconcile.fluxcd.io/resetAt"
"""With the same token as the wish: failures are forgotten, and a stalled release tries again."""
FORCE = "reconcile.fluxcd.io/forceAt"
"""With the same token as the wish: an upgrade, though nothing has changed."""
BEARERS = tuple(Ref(kind, "flux-system", delivery.NAME) for kind in delivery.KINDS)
"""What brings the releases themselves, where the kit comes from a repository."""
_KINDS = {kind: resource for resource, kind in kinds.SOURCES.items()}


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """One object that was asked for something."""

    kind: str
    namespace: str
    name: str
    asked: str
    """``reconcile``, ``retry``, ``upgrade``, ``suspend`` or ``resume``."""

    def __str__(self) -> str:
        """Return the object as people write it."""
        return f"{self.kind} {self.namespace}/{self.name}"


def releases_of(expected: Iterable[ExpectedComponent], wanted: str) -> tuple[Release, ...]:
    """Return the releases of a component, or one release by ``name`` or ``namespace/name``.

    Raises Misnamed when there is no such thing, CatalystError for what Flux does not install.
    """
    known = list(expected)
    for component in known:
        if component.name == wanted and not component.releases:
            raise CatalystError("component_without_release", component=wanted)
        if component.name == wanted:
            return component.releases
    for release in (each for one in known for each in one.releases):
        if wanted in {release.name, f"{release.namespace}/{release.name}"}:
            return (release,)
    raise _unknown(wanted, known)


def component_of(expected: Sequence[ExpectedComponent], wanted: str) -> ExpectedComponent:
    """Return the component of that name; raises Misnamed when there is none."""
    found = next((each for each in expected if each.name == wanted), None)
    if found is None:
        raise _unknown(wanted, expected)
    return found


def _unknown(wanted: str, known: Sequence[ExpectedComponent]) -> Misnamed:
    names = ", ".join(each.name for each in known) or "none"
    return Misnamed("component_unknown", name=wanted, known=names)


async def reconcile(
    kube: Kube, releases: Sequence[Release], token: str, *, force: bool = False
) -> list[Acted]:
    """Have Flux look again at what brings releases, at what they are made from, and at them.

    A release that has given up tries again. ``force`` upgrades though nothing has changed.
    ``token`` is any text that was not used before. Raises ClusterError, also for a suspended
    release, which would not look.
    """
    bringing = [each for each in BEARERS if await _looks(kube, each)]
    found = [seen for each in releases if (seen := await _seen(kube, each, bool(bringing)))]
    for seen in found:
        if seen.suspended:
            raise ClusterError("release_is_suspended", release=seen.ref.key)
    acted: list[Acted] = []
    for source in bringing:
        await _wish(kube, source, {REQUESTED: token})
        acted.append(_acted(source, "reconcile"))
    for source in dict.fromkeys(each for seen in found for each in _sources(seen)):
        if await _looks(kube, source):
            await _wish(kube, source, {REQUESTED: token})
            acted.append(_acted(source, "reconcile"))
    for seen in found:
        acted.append(await _again(kube, seen, token, force))
    return acted


async def _seen(kube: Kube, release: Release, brought: bool) -> ReleaseSeen | None:
    """Return a release; None for one that is not there but may be ``brought`` by another object."""
    try:
        return release_seen(await kube.get(_release_path(release)))
    except ClusterError as error:
        if error.code == "cluster_not_found" and brought:
            return None
        raise


async def suspend(kube: Kube, releases: Sequence[Release], *, suspended: bool) -> list[Acted]:
    """Have Flux leave releases as they are, or take them up again; raises ClusterError."""
    asked = "suspend" if suspended else "resume"
    for each in releases:
        await kube.patch(_release_path(each), {"spec": {"suspend": suspended}})
    return [_acted(Ref("HelmRelease", each.namespace, each.name), asked) for each in releases]


async def _again(kube: Kube, seen: ReleaseSeen, token: str, force: bool) -> Acted:
    failed = seen.stalled is not None or seen.failures > 0 or seen.counted > 0
    notes = {REQUESTED: token}
    if failed:
        notes[RESET] = token
    if force:
        notes[FORCE] = token
    await _wish(kube, seen.ref, notes)
    return _acted(seen.ref, "upgrade" if force else "retry" if failed else "reconcile")


def _sources(seen: ReleaseSeen) -> Iterable[Ref]:
    """Return what a release is made from, the farthest first."""
    return [each for each in (seen.repository, seen.source) if each is not None]


async def _looks(kube: Kube, source: Ref) -> bool:
    """Return whether a controller would hear a wish about a source.

    A HelmRepository of type oci is only an address, and nobody ever answers for it.
    """
    try:
        spec = at(await kube.get(_path(source)), "spec")
    except ClusterError as error:
        if error.code == "cluster_not_found":
            return False
        raise
    return spec.get("type") != "oci" and spec.get("suspend") is not True


async def _wish(kube: Kube, ref: Ref, notes: dict[str, str]) -> Object:
    merge: dict[str, Any] = {"metadata": {"annotations": notes}}
    return await kube.patch(_path(ref), merge)


def _acted(ref: Ref, asked: str) -> Acted:
    return Acted(kind=ref.kind, namespace=ref.namespace, name=ref.name, asked=asked)


def _release_path(release: Release) -> str:
    return kinds.HELM_RELEASES.object_path(release.namespace, release.name)


def _path(ref: Ref) -> str:
    resource: Resource = kinds.HELM_RELEASES if ref.kind == "HelmRelease" else _KINDS[ref.kind]
    return resource.object_path(ref.namespace, ref.name)
