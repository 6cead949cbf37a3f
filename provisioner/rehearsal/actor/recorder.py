"""Writes Events: the same text about the same object is one Event whose count grows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.kinds import EVENTS
from provisioner.rehearsal.actor.scene import Scene


class Recorder:
    """The events of one cluster."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[tuple[str, ...], Object] = {}

    async def event(
        self,
        item: Object,
        reason: str,
        message: str,
        source: str,
        *,
        warning: bool = False,
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        """Record that something happened to ``item``."""
        meta, now = item["metadata"], self._scene.now()
        which = (meta["uid"], source, reason, message)
        known = self._known.get(which)
        if known is not None:
            merge = {"count": int(known["count"]) + 1, "lastTimestamp": now}
            seen = await self._scene.api.patch(EVENTS, known, merge, source)
        else:
            mark = hashlib.sha256("\0".join((*which, now)).encode()).hexdigest()[:16]
            body = {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {
                    "name": f"{meta['name']}.{mark}",
                    "namespace": meta.get("namespace", "default"),
                    "annotations": dict(annotations or {}),
                },
                "involvedObject": _reference(item),
                "type": "Warning" if warning else "Normal",
                "reason": reason,
                "message": message,
                "source": {"component": source},
                "reportingComponent": source,
                "firstTimestamp": now,
                "lastTimestamp": now,
                "count": 1,
            }
            seen = await self._scene.api.create(EVENTS, body, source)
        if seen is not None:
            self._known[which] = seen


def _reference(item: Object) -> Object:
    meta = item["metadata"]
    reference = {
        "apiVersion": item["apiVersion"],
        "kind": item["kind"],
        "name": meta["name"],
        "uid": meta["uid"],
        "resourceVersion": meta["resourceVersion"],
    }
    return reference | ({"namespace": meta["namespace"]} if "namespace" in meta else {})
