"""One look at everything the board watches: the same evidence, without a watch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.index import Index
from provisioner.cluster.evidence.shapes import listed
from provisioner.cluster.ports import Kube, Lost, Object, Resource, Snapshot
from provisioner.errors import ClusterError
from provisioner.facts import ExpectedComponent


async def survey(
    kube: Kube, expected: Sequence[ExpectedComponent]
) -> tuple[Index, dict[Resource, tuple[Object, ...]]]:
    """Return what is there now, reduced as the board sees it, and as the API answered it.

    A kind that cannot be listed is noted as lost in the index. Raises ClusterError when the API
    does not answer at all.
    """
    found = await asyncio.gather(*(_list(kube, resource) for resource in kinds.WATCHED))
    index, objects = Index(expected), dict[Resource, tuple[Object, ...]]()
    for sight in found:
        index.take(sight)
        if isinstance(sight, Snapshot):
            objects[sight.resource] = sight.objects
    return index, objects


async def _list(kube: Kube, resource: Resource) -> Snapshot | Lost:
    try:
        answer = await kube.get(resource.path)
    except ClusterError as error:
        if error.code in {"cluster_unreachable", "cluster_untrusted", "cluster_clock"}:
            raise
        return Lost(resource, error.facts.get("said", error.code))
    return Snapshot(resource, tuple(dict(each) for each in listed(answer.get("items"))))
