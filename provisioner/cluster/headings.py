"""What stands above the components, because early failures live there: nodes and Flux's sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provisioner.cluster.evidence.flux_objects import SourceSeen
from provisioner.cluster.evidence.index import Index
from provisioner.cluster.evidence.shapes import one_line
from provisioner.events import Event, NodeChanged, SourceChanged

NODE = "node:"
INNER = "HelmChart"
"""A kind that each release has one of: it is part of the component's own evidence."""


class Headings:
    """Tells of nodes and sources when they changed."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._told: dict[str, Event] = {}

    def told(self, names: Iterable[str]) -> list[Event]:
        """Return the events for these touched names."""
        return [event for name in sorted(names) for event in self._event(name)]

    def _event(self, name: str) -> Iterator[Event]:
        if name.startswith(NODE):
            event: Event | None = self._node(name.removeprefix(NODE))
        else:
            event = self._source(name)
        if event is not None and self._told.get(name) != event:
            self._told[name] = event
            yield event

    def _node(self, name: str) -> NodeChanged:
        seen = self._index.node(name)
        if seen is None:
            return NodeChanged(node=name, ready=False, reason="gone")
        return NodeChanged(node=name, ready=seen.ready, reason=seen.reason)

    def _source(self, name: str) -> SourceChanged | None:
        seen = self._index.source_named(name)
        if seen is not None:
            return None if seen.ref.kind == INNER else _told(seen)
        before = self._told.get(name)
        if not isinstance(before, SourceChanged):
            return None
        return SourceChanged(
            kind=before.kind, namespace=before.namespace, name=before.name, ready=False,
            reason="gone",
        )  # fmt: skip


def _told(seen: SourceSeen) -> SourceChanged:
    failure = seen.failure
    ready = seen.static or seen.done
    if seen.suspended:
        reason, message = "suspended", ""
    elif seen.static:
        reason, message = "address", ""
    elif failure is not None:
        reason, message = failure.reason, one_line(failure.message)
    else:
        reason, message = (seen.ready.reason or "Progressing") if not ready else "", ""
    return SourceChanged(
        kind=seen.ref.kind, namespace=seen.ref.namespace, name=seen.ref.name, ready=ready,
        reason=reason, message=message,
    )  # fmt: skip
