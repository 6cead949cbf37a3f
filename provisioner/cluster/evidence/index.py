"""Everything observed, reduced and sorted by component, so that a change costs what it touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from provisioner.cluster.evidence import delivery, kinds
from provisioner.cluster.evidence.flux_objects import (
    ReleaseSeen,
    SourceSeen,
    release_seen,
    source_seen,
)
from provisioner.cluster.evidence.others import (
    ClaimSeen,
    EventSeen,
    NodeSeen,
    ObjectSeen,
    claim_seen,
    event_seen,
    node_seen,
    object_seen,
)
from provisioner.cluster.evidence.pods import PodSeen, pod_seen
from provisioner.cluster.evidence.shapes import Key, Ref, key_of
from provisioner.cluster.evidence.workloads import WorkloadSeen, workload_seen
from provisioner.cluster.ports import Changed, Lost, Object, Resource, Snapshot
from provisioner.facts import ExpectedComponent

Seen = Any
"""One of the reduced forms; which one follows from the resource."""


class Index:
    """The last known reduced form of every object, and which components each belongs to."""

    def __init__(self, expected: Sequence[ExpectedComponent]) -> None:
        self.component_of = {
            Key(each.namespace, each.name): one.name for one in expected for each in one.releases
        }
        self._named = {
            Ref(each.kind, each.namespace, each.name): one.name
            for one in expected
            for each in one.workloads
        }
        self._conditioned = {
            (Resource(each.group, each.version, each.plural), Key(each.namespace, each.name)):
            one.name
            for one in expected
            for each in one.conditions
        }  # fmt: skip
        self._seen: dict[Resource, dict[Key, Seen]] = defaultdict(dict)
        self._workloads: dict[str, set[Ref]] = defaultdict(set)
        self._pods: dict[Ref, set[Key]] = defaultdict(set)
        self._claimants: dict[Key, set[Key]] = defaultdict(set)
        self._readers: dict[Ref, set[str]] = defaultdict(set)
        self._dependents: dict[Key, set[str]] = defaultdict(set)
        self._warnings: dict[Ref, EventSeen] = {}
        self.listed: set[Resource] = set()
        """The kinds of which a whole list was seen."""
        self.lost: dict[Resource, str] = {}
        """The kinds that cannot be watched now, and why."""

    # --- what is known ----------------------------------------------------------------------------

    def release(self, key: Key) -> ReleaseSeen | None:
        """Return a HelmRelease."""
        return self._seen[kinds.HELM_RELEASES].get(key)

    def releases(self) -> Iterable[ReleaseSeen]:
        """Return all HelmReleases, foreign ones too."""
        return self._seen[kinds.HELM_RELEASES].values()

    def source(self, ref: Ref | None) -> SourceSeen | None:
        """Return a source or HelmChart."""
        resource = _RESOURCES.get(ref.kind) if ref is not None else None
        return self._seen[resource].get(ref.key) if resource and ref else None

    def sources(self) -> Iterable[SourceSeen]:
        """Return everything of Flux that stands above the releases."""
        return (each for resource in kinds.SOURCES for each in self._seen[resource].values())

    def source_named(self, name: str) -> SourceSeen | None:
        """Return a source by its reference as text, as ``take`` tells it."""
        kind, _, rest = name.partition(" ")
        namespace, _, plain = rest.rpartition("/")
        return self.source(Ref(kind, namespace, plain))

    def node(self, name: str) -> NodeSeen | None:
        """Return a node."""
        return self._seen[kinds.NODES].get(Key("", name))

    def workload(self, ref: Ref) -> WorkloadSeen | None:
        """Return a workload."""
        resource = _RESOURCES.get(ref.kind)
        return self._seen[resource].get(ref.key) if resource else None

    def workloads(self, component: str) -> list[WorkloadSeen]:
        """Return the workloads of a component, in a steady order."""
        found = (self.workload(ref) for ref in sorted(self._workloads.get(component, ())))
        return [each for each in found if each is not None]

    def pods(self, workload: Ref) -> list[PodSeen]:
        """Return the pods of a workload, in a steady order."""
        known = self._seen[kinds.PODS]
        return [known[key] for key in sorted(self._pods.get(workload, ())) if key in known]

    def claim(self, key: Key) -> ClaimSeen | None:
        """Return a PersistentVolumeClaim."""
        return self._seen[kinds.CLAIMS].get(key)

    def object(self, resource: Resource, key: Key) -> ObjectSeen | None:
        """Return an object of which a condition is expected."""
        return self._seen[resource].get(key)

    def dependents(self, releases: Iterable[Key]) -> set[str]:
        """Return the components of which a release depends on one of these."""
        return set().union(*(self._dependents.get(each, ()) for each in releases))

    def warning(self, ref: Ref) -> EventSeen | None:
        """Return the newest Event that tells what is wrong with an object."""
        return self._warnings.get(ref)

    # --- what changes -----------------------------------------------------------------------------

    def take(self, message: Snapshot | Changed | Lost) -> set[str]:
        """Take in what a watch said.

        Returns what is touched: names of components, ``node:NAME``, and sources as text.
        """
        resource = message.resource
        if isinstance(message, Lost):
            self.lost[resource] = message.reason
            return set()
        self.lost.pop(resource, None)
        if isinstance(message, Changed):
            return self._put(resource, key_of(message.object), message)
        self.listed.add(resource)
        there = {key_of(item): item for item in message.objects}
        touched: set[str] = set()
        for key in set(self._seen[resource]) - set(there):
            touched |= self._replace(resource, key, None)
        for key, item in there.items():
            touched |= self._put(resource, key, Changed(resource, item))
        return touched

    def _put(self, resource: Resource, key: Key, change: Changed) -> set[str]:
        if change.gone:
            return self._replace(resource, key, None)
        before = self._seen[resource].get(key)
        return self._replace(resource, key, _reduced(resource, key, change.object, before))

    def _replace(self, resource: Resource, key: Key, after: Seen | None) -> set[str]:
        seen = self._seen[resource]
        before = seen.get(key)
        if before == after:
            return set()
        if after is None:
            del seen[key]
        else:
            seen[key] = after
        touched: set[str] = set()
        for each in (before, after):
            if each is not None:
                touched |= self._link(resource, key, each, there=each is after)
        return touched

    def _link(self, resource: Resource, key: Key, seen: Seen, *, there: bool) -> set[str]:
        """Enter an object into the indexes, or take it out; return whom it touches."""
        handler = _LINKS.get(type(seen))
        return handler(self, resource, key, seen, there) if handler else set()

    def _link_release(
        self, _resource: Resource, key: Key, seen: ReleaseSeen, there: bool
    ) -> set[str]:
        component = self.component_of.get(key)
        touched = set(self._dependents.get(key, ()))
        if component is not None:
            for ref in filter(None, (seen.source, seen.repository)):
                _enter(self._readers, ref, component, there)
            for need in seen.needs:
                _enter(self._dependents, need, component, there)
            touched.add(component)
        return touched

    def _link_source(
        self, _resource: Resource, _key: Key, seen: SourceSeen, _there: bool
    ) -> set[str]:
        touched = {str(seen.ref)} | self._readers.get(seen.ref, set())
        if delivery.brings(seen):
            # Whatever is not there yet may come with it.
            absent = self.component_of.keys() - self._seen[kinds.HELM_RELEASES].keys()
            touched |= {self.component_of[key] for key in absent}
        return touched

    def _link_workload(
        self, _resource: Resource, _key: Key, seen: WorkloadSeen, there: bool
    ) -> set[str]:
        component = self._component(seen)
        if component is None:
            return set()
        _enter(self._workloads, component, seen.ref, there)
        return {component}

    def _link_pod(self, _resource: Resource, key: Key, seen: PodSeen, there: bool) -> set[str]:
        owner = seen.owner or self._selected(seen)
        if owner is None:
            return set()
        _enter(self._pods, owner, key, there)
        for claim in seen.claims:
            _enter(self._claimants, Key(key.namespace, claim), key, there)
        return self._component_of_workload(owner)

    def _link_claim(
        self, _resource: Resource, key: Key, _seen: ClaimSeen, _there: bool
    ) -> set[str]:
        return self._claimed_by(key)

    def _link_event(self, _resource: Resource, _key: Key, seen: EventSeen, there: bool) -> set[str]:
        if seen.about is None:
            return set()
        if there:
            self._warnings[seen.about] = seen
        elif self._warnings.get(seen.about) == seen:
            del self._warnings[seen.about]
        if seen.about.kind == "PersistentVolumeClaim":
            return self._claimed_by(seen.about.key)
        return self._component_of_pod(seen.about) | self._component_of_workload(_maker(seen.about))

    def _link_node(self, _resource: Resource, _key: Key, seen: NodeSeen, _there: bool) -> set[str]:
        return {f"node:{seen.name}"}

    def _link_object(
        self, resource: Resource, key: Key, _seen: ObjectSeen, _there: bool
    ) -> set[str]:
        component = self._conditioned.get((resource, key))
        return {component} if component else set()

    # --- whose it is ------------------------------------------------------------------------------

    def _component(self, seen: WorkloadSeen) -> str | None:
        if seen.release is not None and seen.release in self.component_of:
            return self.component_of[seen.release]
        return self._named.get(seen.ref)

    def _component_of_workload(self, ref: Ref) -> set[str]:
        seen = self.workload(ref)
        component = self._component(seen) if seen is not None else None
        return {component} if component else set()

    def _component_of_pod(self, ref: Ref) -> set[str]:
        pod = self._seen[kinds.PODS].get(ref.key) if ref.kind == "Pod" else None
        owner = (pod.owner or self._selected(pod)) if pod is not None else None
        return self._component_of_workload(owner) if owner is not None else set()

    def _claimed_by(self, claim: Key) -> set[str]:
        users = (Ref("Pod", *pod) for pod in self._claimants.get(claim, ()))
        return set().union(*(self._component_of_pod(each) for each in users))

    def _selected(self, pod: PodSeen) -> Ref | None:
        """Return the workload whose selector fits a pod that no known kind owns."""
        labels = pod.labels.items()
        for resource in kinds.WORKLOADS:
            for key, each in self._seen[resource].items():
                fits = each.selector and all(pair in labels for pair in each.selector)
                if key.namespace == pod.ref.namespace and fits:
                    return Ref(each.ref.kind, *key)
        return None


def _maker(ref: Ref) -> Ref:
    """Return the workload behind an object that makes pods for it."""
    if ref.kind == "ReplicaSet":
        return Ref("Deployment", ref.namespace, ref.name.rpartition("-")[0])
    return ref


def _enter(index: dict[Any, set[Any]], key: Any, member: Any, there: bool) -> None:
    if there:
        index[key].add(member)
    else:
        index[key].discard(member)


def _reduced(resource: Resource, key: Key, item: Object, before: Seen | None) -> Seen:
    if resource == kinds.PODS:
        return pod_seen(item, before)
    if resource == kinds.CLAIMS:
        return claim_seen(key, item)
    if resource in kinds.WORKLOADS:
        return workload_seen(kinds.WORKLOADS[resource], item)
    if resource in kinds.SOURCES:
        return source_seen(kinds.SOURCES[resource], item)
    return _SIMPLE.get(resource, object_seen)(item)


_RESOURCES = {kind: resource for resource, kind in {**kinds.WORKLOADS, **kinds.SOURCES}.items()}
_SIMPLE: dict[Resource, Callable[[Object], Seen]] = {
    kinds.HELM_RELEASES: release_seen,
    kinds.NODES: node_seen,
    kinds.EVENTS: event_seen,
}
_LINKS: dict[type, Callable[..., set[str]]] = {
    ReleaseSeen: Index._link_release,
    SourceSeen: Index._link_source,
    WorkloadSeen: Index._link_workload,
    PodSeen: Index._link_pod,
    ClaimSeen: Index._link_claim,
    EventSeen: Index._link_event,
    NodeSeen: Index._link_node,
    ObjectSeen: Index._link_object,
}
