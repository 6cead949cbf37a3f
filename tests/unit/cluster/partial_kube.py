"""A cluster's API of which a test answers what it is about, and nothing else is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from provisioner.cluster.ports import Changed, Lost, Object, Resource, Snapshot


class PartialKube:
    """The Kube port for a test to fill in: each method fails until it is overridden."""

    async def get(self, path: str, **params: str) -> Object:
        """Fail: nobody should look."""
        raise AssertionError(f"{path} {params} was read")

    async def apply(self, manifest: Mapping[str, Any], *, force: bool = True) -> Object:
        """Fail: nobody should apply."""
        raise AssertionError(f"{manifest} was applied, {force=}")

    async def patch(self, path: str, merge: Mapping[str, Any]) -> Object:
        """Fail: nobody should patch."""
        raise AssertionError(f"{path} was patched by {merge}")

    async def delete(self, path: str) -> None:
        """Fail: nobody should delete."""
        raise AssertionError(f"{path} was deleted")

    def watch(self, resource: Resource) -> AsyncIterator[Snapshot | Changed | Lost]:
        """Fail: nobody should watch."""
        raise AssertionError(f"{resource} was watched")
