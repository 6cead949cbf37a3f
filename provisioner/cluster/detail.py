"""One component in detail: what its objects say of themselves, and where to look further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.index import Index
from provisioner.cluster.evidence.pods import PodSeen
from provisioner.cluster.evidence.shapes import (
    Key,
    Ref,
    at,
    key_of,
    listed,
    mapping,
    one_line,
    text,
)
from provisioner.cluster.ports import Kube, Object, Resource
from provisioner.cluster.survey import survey
from provisioner.facts import ExpectedComponent

LONGEST = 400
EVENTS = 30
"""The newest Events that are told; what is older has been said again or is over."""
_RESOURCES = {
    "Pod": kinds.PODS,
    "HelmRelease": kinds.HELM_RELEASES,
    **{kind: resource for resource, kind in {**kinds.WORKLOADS, **kinds.SOURCES}.items()},
}


class ConditionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of one object."""

    object: str
    """``HelmRelease keycloak/keycloak``."""
    type: str
    status: str
    reason: str
    message: str
    since: str
    """RFC 3339, as the object has it."""


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """One Event."""

    object: str
    type: str
    """``Normal`` or ``Warning``."""
    reason: str
    message: str
    last: str
    """RFC 3339, when it was said last."""
    count: int


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """One container of one pod."""

    namespace: str
    pod: str
    name: str
    failing: bool = False
    said: str = ""
    """What is wrong with it, as one sentence."""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One component."""

    component: str
    title: str
    objects: tuple[str, ...]
    """Everything that was found of it, as ``Kind namespace/name``."""
    conditions: tuple[ConditionLine, ...]
    events: tuple[EventLine, ...]
    """Newest first."""
    containers: tuple[Container, ...]
    """The failing ones first."""
    commands: tuple[str, ...]
    """What to type to look further."""


async def detail(
    kube: Kube, fqdn: str, expected: Iterable[ExpectedComponent], component: ExpectedComponent
) -> Detail:
    """Return a component as the cluster has it now; raises ClusterError."""
    index, objects = await survey(kube, list(expected))
    return detail_of(fqdn, component, index, objects)


def detail_of(
    fqdn: str,
    component: ExpectedComponent,
    index: Index,
    objects: Mapping[Resource, Iterable[Object]],
) -> Detail:
    """Return a component from what a survey found."""
    refs = _refs(component, index)
    pods = [pod for each in refs if each.kind in _OWNERS for pod in index.pods(each)]
    refs += [pod.ref for pod in pods]
    known = {(resource, key_of(each)): each for resource in objects for each in objects[resource]}
    there = [(ref, item) for ref in refs if (item := known.get((_RESOURCES[ref.kind], ref.key)))]
    containers = containers_of(pods, objects.get(kinds.PODS, ()))
    return Detail(
        component=component.name,
        title=component.title,
        objects=tuple(str(ref) for ref, _ in there),
        conditions=tuple(line for ref, item in there for line in _conditions(ref, item)),
        events=_events([ref for ref, _ in there], objects.get(kinds.EVENTS, ())),
        containers=containers,
        commands=_commands(fqdn, component, [ref for ref, _ in there], containers),
    )


def containers_of(pods: Iterable[PodSeen], items: Iterable[Object]) -> tuple[Container, ...]:
    """Return the containers of pods, those that fail first, then those of pods not ready."""
    known = {key_of(item): item for item in items}
    found: list[tuple[int, Container]] = []
    for pod in pods:
        for each in listed(at(known.get(pod.ref.key, {}), "spec").get("containers")):
            name = text(each.get("name"))
            failing = pod.trouble is not None and pod.trouble.cause in {name, ""}
            said = pod.trouble.sentence if pod.trouble is not None and failing else ""
            rank = 0 if failing else 1 if not pod.ready else 2
            one = Container(
                namespace=pod.ref.namespace, pod=pod.ref.name, name=name, failing=failing, said=said
            )
            found.append((rank, one))
    return tuple(one for _, one in sorted(found, key=lambda each: each[0]))


_OWNERS = frozenset(kinds.WORKLOADS.values())


def _refs(component: ExpectedComponent, index: Index) -> list[Ref]:
    """Return what belongs to a component, in the order of the ladder."""
    refs: list[Ref] = []
    for release in component.releases:
        seen = index.release(Key(release.namespace, release.name))
        if seen is not None:
            refs += [each for each in (seen.repository, seen.source) if each is not None]
            refs.append(seen.ref)
    refs += [each.ref for each in index.workloads(component.name)]
    return list(dict.fromkeys(refs))


def _conditions(ref: Ref, item: Object) -> Iterable[ConditionLine]:
    for each in listed(at(item, "status").get("conditions")):
        yield ConditionLine(
            object=str(ref),
            type=text(each.get("type")),
            status=text(each.get("status")),
            reason=text(each.get("reason")),
            message=one_line(text(each.get("message")), LONGEST),
            since=text(each.get("lastTransitionTime")),
        )


def _events(refs: Iterable[Ref], items: Iterable[Object]) -> tuple[EventLine, ...]:
    wanted = set(refs)
    found = [line for item in items if (line := _event(item, wanted)) is not None]
    return tuple(sorted(found, key=lambda line: line.last, reverse=True)[:EVENTS])


def _event(item: Object, wanted: set[Ref]) -> EventLine | None:
    about = mapping(item.get("involvedObject"))
    ref = Ref(text(about.get("kind")), text(about.get("namespace")), text(about.get("name")))
    if ref not in wanted:
        return None
    count = item.get("count")
    times = (item.get("lastTimestamp"), item.get("eventTime"), item.get("firstTimestamp"))
    return EventLine(
        object=str(ref),
        type=text(item.get("type")),
        reason=text(item.get("reason")),
        message=one_line(text(item.get("message")), LONGEST),
        last=next((text(each) for each in times if text(each)), ""),
        count=count if isinstance(count, int) else 1,
    )


def _commands(
    fqdn: str, component: ExpectedComponent, refs: Iterable[Ref], containers: Iterable[Container]
) -> tuple[str, ...]:
    told = [f"kubectl -n {r.namespace} describe {r.kind.lower()} {r.name}" for r in refs
            if r.kind == "HelmRelease" or r.kind in _OWNERS]  # fmt: skip
    first = next(iter(containers), None)
    if first is not None:
        told.append(f"kubectl -n {first.namespace} logs {first.pod} -c {first.name} --previous")
        told.append(f"catalyst logs {fqdn} {component.name} --follow")
    if component.releases:
        told.append(f"catalyst reconcile {fqdn} {component.name}")
    return tuple(told)
