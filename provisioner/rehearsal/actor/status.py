"""Writes the status of one Flux object the way its controller does: in small, separate patches."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from provisioner.cluster.ports import Object, Resource
from provisioner.rehearsal.actor.scene import Scene

Condition = dict[str, Any]
Truth = Literal["True", "False", "Unknown"]
_FIRST = ("Stalled", "Reconciling", "Ready", "ArtifactOutdated", "FetchFailed")
REQUESTED = "reconcile.fluxcd.io/requestedAt"


class Gone(Exception):
    """The object was deleted while it was reconciled."""


class Status:
    """One object's status while a reconciliation works on it."""

    def __init__(self, scene: Scene, resource: Resource, item: Object, manager: str) -> None:
        self._scene = scene
        self._resource = resource
        self._manager = manager
        self.item = item
        self.generation = int(item["metadata"]["generation"])
        self._conditions = {c["type"]: c for c in self.fields.get("conditions", ())}

    @property
    def fields(self) -> dict[str, Any]:
        """The status as it was last written."""
        fields: dict[str, Any] = self.item.get("status", {})
        return fields

    @property
    def requested(self) -> str:
        """The token of the last request to reconcile, empty if there is none."""
        return str(self.item["metadata"].get("annotations", {}).get(REQUESTED, ""))

    def get(self, kind: str) -> Condition | None:
        """Return a condition, or None."""
        return self._conditions.get(kind)

    def set(
        self, kind: str, status: Truth, reason: str, message: str, generation: int | None = None
    ) -> None:
        """Set a condition; its transition time moves with status, reason or message."""
        old = self._conditions.get(kind, {})
        new = {"status": status, "reason": reason, "message": message}
        moved = any(old.get(name) != value for name, value in new.items())
        self._conditions[kind] = {
            "type": kind,
            **new,
            "observedGeneration": generation or self.generation,
            "lastTransitionTime": self._scene.now() if moved else old["lastTransitionTime"],
        }

    def drop(self, *kinds: str) -> None:
        """Remove conditions."""
        for kind in kinds:
            self._conditions.pop(kind, None)

    async def write(self, **fields: Any) -> None:
        """Patch what differs, None removing a field; raises Gone if the object is no more."""
        ordered = sorted(self._conditions.values(), key=_rank)
        merge = {name: value for name, value in fields.items() if self.fields.get(name) != value}
        if ordered != self.fields.get("conditions", []):
            merge["conditions"] = ordered
        if merge:
            item = await self._scene.patch(
                self._resource, self.item, {"status": merge}, self._manager, "status"
            )
            if item is None:
                raise Gone
            self.item = item

    async def close(self, **fields: Any) -> None:
        """Say which generation, and which request, this reconciliation has dealt with."""
        handled = {"lastHandledReconcileAt": self.requested} if self.requested else {}
        await self.write(observedGeneration=self.generation, **handled, **fields)


def is_ready(item: Object | None) -> bool:
    """Return whether a Flux object is ready, for the generation that it has now."""
    if item is None:
        return False
    status = item.get("status", {})
    ready = any(
        c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", ())
    )
    return ready and bool(status.get("observedGeneration") == item["metadata"]["generation"])


def digest(*parts: object) -> str:
    """Return a SHA-256 as Flux writes it, made of what the parts say."""
    return "sha256:" + hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def _rank(condition: Condition) -> tuple[int, str]:
    kind = condition["type"]
    return (_FIRST.index(kind), "") if kind in _FIRST else (len(_FIRST), kind)
