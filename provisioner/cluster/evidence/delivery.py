"""What a release waits for that is not there yet: the repository, and the folder, that bring it.

With a kit from Git, Flux itself makes the releases: until it has, whatever keeps it from that is
what keeps every component.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioner.cluster.evidence.flux_objects import SourceSeen
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.evidence.shapes import Condition, Key, one_line, sentence
from provisioner.cluster.evidence.verdict import Verdict
from provisioner.facts import State

NAME = "catalyst"
"""How both are called; others of these kinds bring what is not ours."""
KINDS = ("GitRepository", "Kustomization")
"""In the order of need: a folder cannot be applied before its repository is fetched."""
UNSOURCED = "Source artifact not found"
"""What a Kustomization says until its repository was fetched."""
SHORT = {"GitRepository": "repository", "Kustomization": "manifests"}


def failure_of(seen: SourceSeen) -> Condition | None:
    """Return why it cannot bring anything, if so; that its own source has yet to come is none."""
    failure = seen.failure
    if failure is None or failure.message.startswith(UNSOURCED):
        return None
    return failure


def brings(seen: SourceSeen) -> bool:
    """Return whether releases of the kit come with this."""
    return seen.ref.kind in KINDS and seen.ref.name == NAME


def bearer(sources: Iterable[SourceSeen]) -> SourceSeen | None:
    """Return what has to come before releases can, and has not; the first one to look at."""
    open_ = [each for each in sources if brings(each) and not each.done]
    return min(open_, key=lambda each: KINDS.index(each.ref.kind), default=None)


def lasting(seen: SourceSeen, before: SourceSeen | None) -> SourceSeen:
    """Return the evidence that holds: while it is tried again, a failure is not over yet."""
    if before is None or failure_of(seen) is not None or seen.reconciling is None:
        return seen
    same = (seen.ref, seen.generation) == (before.ref, before.generation)
    return before if same and failure_of(before) is not None else seen


def marks(seen: SourceSeen) -> dict[str, str]:
    """Return what must be said for some time before it counts."""
    failure = failure_of(seen)
    return {"delivery": failure.message} if failure is not None else {}


def undelivered(key: Key, seen: SourceSeen, ages: Mapping[str, float], pace: Pace) -> Verdict:
    """Return the verdict about a release that ``seen`` has yet to bring."""
    short, failure = SHORT[seen.ref.kind], failure_of(seen)
    if failure is None:
        detail = f"HelmRelease {key} comes with {seen.ref}, which is not ready yet."
        return Verdict(state=State.WAITING, reason=short, detail=detail)
    words = sentence(f"{seen.ref} is not ready ({failure.reason})", one_line(failure.message))
    age = ages.get("delivery", 0.0)
    due = pace.unmoved - age if age < pace.unmoved else None
    return Verdict(
        state=State.WAITING if due is not None else State.FAILED,
        reason=short,
        detail=words,
        code="kit_undelivered",
        due=due,
    )
