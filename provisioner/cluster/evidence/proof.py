"""What a component's workloads and named conditions prove, beside its releases."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from provisioner.cluster.evidence.index import Index
from provisioner.cluster.evidence.pods import PodSeen, claim_key
from provisioner.cluster.evidence.shapes import Key, Ref, one_line, sentence
from provisioner.cluster.evidence.trouble import Trouble
from provisioner.cluster.ports import Resource
from provisioner.facts import ExpectedComponent


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The workloads of one component, counted."""

    workloads: int = 0
    wanted: int = 0
    there: int = 0
    available: bool = False
    """Whether there is a workload, or a condition in its place, and none is unavailable."""
    missing: tuple[str, ...] = ()
    """Named workloads that do not exist."""
    unmet: tuple[str, ...] = ()
    """Named conditions that do not hold, as sentences."""
    trouble: Trouble | None = None
    """What explains the most of what is wrong."""
    unready: str = ""
    """The first workload that is not available."""

    @property
    def holds(self) -> bool:
        """Whether all of it proves that the component runs."""
        return self.available and not self.missing and not self.unmet


def proof(expected: ExpectedComponent, index: Index) -> Proof:
    """Return what is proven of a component beside its releases."""
    seen = index.workloads(expected.name)
    unready = [each for each in seen if not each.available]
    troubles = list(_troubles(expected.name, index))
    refs = {each.ref for each in seen}
    named = (Ref(each.kind, each.namespace, each.name) for each in expected.workloads)
    missing = tuple(str(ref) for ref in named if ref not in refs)
    return Proof(
        workloads=len(seen),
        wanted=sum(each.wanted for each in seen),
        there=sum(min(each.there, each.wanted) for each in seen),
        available=bool(seen or expected.conditions) and not unready,
        missing=missing,
        unmet=tuple(_unmet(expected, index)),
        trouble=min(troubles, key=lambda each: each.rank, default=None),
        unready=str(unready[0].ref) if unready else "",
    )


def _unmet(expected: ExpectedComponent, index: Index) -> Iterator[str]:
    for each in expected.conditions:
        resource = Resource(each.group, each.version, each.plural)
        found = index.object(resource, Key(each.namespace, each.name))
        ref = Ref(each.kind, each.namespace, each.name)
        if found is None:
            yield f"{ref} is not there."
        elif not found.holds(each.type):
            condition = found.conditions.get(each.type)
            why = (condition.reason, condition.message) if condition else ("", "")
            yield sentence(f"{ref} is not {each.type}", *map(one_line, why))


def _troubles(component: str, index: Index) -> Iterator[Trouble]:
    for workload in index.workloads(component):
        if workload.available:
            continue
        if workload.trouble is not None:
            yield workload.trouble
        if warned := index.warning(workload.ref):
            yield Trouble(
                "pods_refused", "pods refused", sentence(str(workload.ref), warned.message)
            )
        for pod in index.pods(workload.ref):
            trouble = _of_pod(pod, index)
            if trouble is not None:
                yield trouble


def _of_pod(pod: PodSeen, index: Index) -> Trouble | None:
    if pod.trouble is not None and pod.trouble.code == "volume_pending":
        return _of_claim(pod, index) or pod.trouble
    warned = index.warning(pod.ref)
    if pod.trouble is not None or pod.ready or warned is None:
        return pod.trouble
    if warned.reason == "Unhealthy":
        return Trouble("not_ready", "not ready", sentence(str(pod.ref), warned.message))
    words = sentence(f"{pod.ref} cannot start ({warned.reason})", warned.message)
    return Trouble("volume_mount", "mount", words)


def _of_claim(pod: PodSeen, index: Index) -> Trouble | None:
    """Return the claim that keeps a pod from a node, as the exact object at fault."""
    for name in pod.claims:
        claim = index.claim(claim_key(pod, name))
        if claim is None or not claim.pending:
            continue
        ref = Ref("PersistentVolumeClaim", *claim.key)
        warned = index.warning(ref)
        why = warned.message if warned else f"{pod.ref} waits for it"
        return Trouble("volume_pending", "volume", sentence(f"{ref} is Pending", why))
    return None
