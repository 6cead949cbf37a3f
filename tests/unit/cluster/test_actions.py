"""What is asked of Flux, and of which objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from provisioner.cluster import actions
from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.flux_objects import REQUESTED
from provisioner.cluster.ports import Object
from provisioner.errors import ClusterError
from provisioner.facts import Release
from tests.unit.cluster.objects import done
from tests.unit.cluster.partial_kube import PartialKube

RELEASE = Release(namespace="a", name="a")
GIT = kinds.GIT_REPOSITORIES.object_path("flux-system", "catalyst")
FOLDER = kinds.KUSTOMIZATIONS.object_path("flux-system", "catalyst")
OURS = kinds.HELM_RELEASES.object_path("a", "a")


class Objects(PartialKube):
    """An API with a few objects, that remembers what they were asked."""

    def __init__(self, **there: Object) -> None:
        self.there = there
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def get(self, path: str, **_: str) -> Object:
        """Return one of the objects."""
        if path not in self.there:
            raise ClusterError("cluster_not_found", path=path)
        return self.there[path]

    async def patch(self, path: str, merge: Mapping[str, Any]) -> Object:
        """Remember a wish."""
        self.asked.append((path, merge["metadata"]["annotations"]))
        return self.there[path]


async def reconcile(api: Objects) -> list[str]:
    """Ask for one release; return the kinds that were asked, in order."""
    acted = await actions.reconcile(api, [RELEASE], "token")
    assert all(notes[REQUESTED] == "token" for _, notes in api.asked)
    assert len(acted) == len(api.asked)
    return [each.kind for each in acted]


async def test_what_brings_a_release_is_asked_before_it() -> None:
    """With a kit from a repository, a new look begins where a change would come from."""
    named = {GIT: {"spec": {}}, FOLDER: {"spec": {}}, OURS: done("a")}
    assert await reconcile(Objects(**named)) == ["GitRepository", "Kustomization", "HelmRelease"]
    assert await reconcile(Objects(**{OURS: done("a")})) == ["HelmRelease"]


async def test_a_release_that_is_not_there_yet_may_be_asked_for() -> None:
    """As long as something could bring it; else its absence is the answer."""
    assert await reconcile(Objects(**{GIT: {"spec": {}}})) == ["GitRepository"]
    with pytest.raises(ClusterError, match="cluster_not_found"):
        await reconcile(Objects())
