"""Where a HelmRelease stands, by what real helm-controllers write and when.

Ready alone says little: it stays True about an old generation, is False while a release only waits,
and passes Unknown at every retry. So the rules below are asked in order, and the first that knows
the case speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from provisioner.cluster.evidence.flux_objects import ReleaseSeen, SourceSeen
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.evidence.shapes import Key, one_line, sentence
from provisioner.cluster.evidence.sources import Fault, fault
from provisioner.cluster.evidence.verdict import Verdict
from provisioner.facts import State

DEPENDENCY = "DependencyNotReady"
NO_SOURCE = frozenset({"SourceNotReady", "ArtifactFailed"})
FETCHING = "Fulfilling prerequisites"
SHORT = {
    "InstallFailed": "install failed",
    "UpgradeFailed": "upgrade failed",
    "TestFailed": "test failed",
    "RollbackSucceeded": "rolled back",
    "UninstallSucceeded": "uninstalled",
    "PendingRelease": "interrupted",
    "ValuesError": "values",
}
CODES = {"ValuesError": "values_missing", "TestFailed": "test_failed"}


class Scene(NamedTuple):
    """What else there is to know about one release."""

    source: SourceSeen | None
    """The object that holds its chart."""
    origin: SourceSeen | None
    """The repository behind a HelmChart."""
    unmet: tuple[Key, ...]
    """Those of its dependencies that are not done."""
    ages: Mapping[str, float]
    """For how long each of its marks has stood."""
    pace: Pace

    def left(self, mark: str, seconds: float) -> float | None:
        """Return how long a mark has to stand until it has stood for ``seconds``."""
        age = self.ages.get(mark)
        return None if age is None or age >= seconds else seconds - age


def marks(seen: ReleaseSeen, fault_: Fault | None) -> dict[str, str]:
    """Return what must be said for some time before it counts."""
    found = {
        "stalled": seen.stalled.message if seen.stalled else None,
        "unanswered": f"{seen.generation} {seen.requested}" if seen.unanswered else None,
        "failing": _failing_words(seen),
        "fault": fault_.sentence if fault_ else None,
        "unsourced": "" if seen.ready.reason in NO_SOURCE else None,
    }
    return {mark: words for mark, words in found.items() if words is not None}


def _failing_words(seen: ReleaseSeen) -> str | None:
    """Return what has gone wrong; Released keeps saying it through the retries of the same."""
    released = seen.conditions.get("Released")
    if released is not None and released.status == "False":
        return f"{released.reason} {released.message}"
    return f"{seen.ready.reason} {seen.ready.message}" if seen.ready.status == "False" else None


def fault_of(
    seen: ReleaseSeen, source: SourceSeen | None, origin: SourceSeen | None
) -> Fault | None:
    """Return what keeps the chart of a release from being fetched."""
    if source is None and seen.ready.reason not in NO_SOURCE:
        return None
    return fault(seen.source, source, seen.repository, origin)


def judge(seen: ReleaseSeen, scene: Scene) -> Verdict:
    """Return where a release stands."""
    for rule in _RULES:
        verdict = rule(seen, scene)
        if verdict is not None:
            return verdict
    return _verdict(seen, scene, State.WAITING, reason="new")


def missing(key: Key) -> Verdict:
    """Return the verdict about a release that is not there."""
    return Verdict(
        state=State.MISSING,
        reason="missing",
        detail=f"HelmRelease {key} is not there.",
        code="release_missing",
    )


def _verdict(seen: ReleaseSeen, scene: Scene, state: State, **said: object) -> Verdict:
    fetched = seen.done or (scene.source is not None and scene.source.artifact)
    return Verdict(state=state, source=fetched, **said)  # type: ignore[arg-type]  # fields as named


def _ended(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    if seen.deleting:
        detail = f"{seen.ref} is being deleted."
        return _verdict(
            seen, scene, State.DEGRADED, reason="deleting", detail=detail, code="release_deleting"
        )
    if seen.suspended:
        detail = f"{seen.ref} is suspended: Flux leaves it as it is."
        return _verdict(
            seen,
            scene,
            State.SUSPENDED,
            reason="suspended",
            detail=detail,
            code="release_suspended",
            release=seen.done,
        )
    return None


def _done(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    if not seen.done:
        return None
    stale = _stale(seen, scene)
    said = {"reason": "source stale", "detail": stale} if stale else {}
    return _verdict(seen, scene, State.INSTALLED, release=True, **said)


def _stale(seen: ReleaseSeen, scene: Scene) -> str:
    """Return why no newer chart could come; what is installed is none the worse for it."""
    if seen.repository is not None and scene.origin is None:
        return f"{seen.repository} is not there any more."
    if scene.origin is not None and (failure := scene.origin.failure) is not None:
        return sentence(f"{scene.origin.ref} cannot be fetched", one_line(failure.message))
    found = fault_of(seen, scene.source, scene.origin)
    return found.sentence if found else ""


def _stalled(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    if seen.stalled is None:
        return None
    due = scene.left("stalled", scene.pace.stalled)
    return _failure(seen, scene, State.RETRYING if due is not None else State.FAILED, due)


def _dependent(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    unmet = scene.unmet
    if seen.ready.reason == DEPENDENCY:
        if unmet:
            return _dependency(seen, scene)
        detail = f"What {seen.ref} needs is ready; Flux looks again within 30 s."
        return _verdict(seen, scene, State.WAITING, reason="next look", detail=detail, queued=True)
    looking = seen.reconciling is not None and seen.reconciling.message.startswith(FETCHING)
    if unmet and (looking or not seen.conditions):
        return _dependency(seen, scene)
    return None


def _dependency(seen: ReleaseSeen, scene: Scene) -> Verdict:
    detail = f"{seen.ref} waits for {', '.join(map(str, scene.unmet))}."
    return _verdict(
        seen, scene, State.WAITING, needs=scene.unmet, reason="dependency", detail=detail
    )


def _unsourced(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    if seen.ready.reason not in NO_SOURCE:
        return None
    found = fault_of(seen, scene.source, scene.origin)
    if found is not None:
        return _faulty(seen, scene, found)
    if scene.source is not None and scene.source.done:
        due = scene.left("unsourced", scene.pace.queued)
        if due is None:
            return _queue(seen, scene)
        return _verdict(seen, scene, State.FETCHING, reason="chart", due=due)
    return _verdict(
        seen, scene, State.FETCHING, reason="chart", detail=f"{seen.source} is being fetched."
    )


def _faulty(seen: ReleaseSeen, scene: Scene, found: Fault) -> Verdict:
    longest = scene.pace.stalled if found.final else seen.timeout
    due = scene.left("fault", longest)
    state = State.FAILED if due is None else State.RETRYING
    return _verdict(
        seen, scene, state, reason=found.short, detail=found.sentence, code=found.code, due=due
    )


def _vain(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    # What Helm refuses before it begins is never counted, never stalls, and never gets better.
    tried = seen.failures or seen.ready.status == "False"
    if seen.counted or not tried or scene.ages.get("failing", 0.0) < seen.timeout:
        return None
    return _failure(seen, scene, State.FAILED, None)


def _acting(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    told = seen.ready.status == "True" and seen.ready.observed == seen.generation
    if seen.ready.status == "False" or (seen.reconciling is None and not told):
        return None
    said = seen.reconciling.message if seen.reconciling else ""
    if said.startswith(FETCHING) or not (told or seen.ready.status == "Unknown"):
        return _verdict(seen, scene, State.FETCHING, reason="chart", detail=one_line(said))
    tried = seen.counted or seen.failures
    state = State.RETRYING if tried else State.INSTALLING
    reason = "tests" if seen.ready.reason == "AwaitingTests" else ""
    detail = sentence(str(seen.ref), one_line(seen.ready.message or said))
    attempts = seen.attempts if seen.counted or not tried else None
    return _verdict(
        seen, scene, state, reason=reason, detail=detail, attempt=tried + 1, attempts=attempts
    )


def _failing(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    if seen.ready.status != "False":
        return None
    due = None if seen.counted else scene.left("failing", seen.timeout)
    return _failure(seen, scene, State.RETRYING, due)


def _failure(seen: ReleaseSeen, scene: Scene, state: State, due: float | None) -> Verdict:
    reason = seen.ready.reason
    said = one_line(seen.ready.message) or "Flux says no more"
    return _verdict(
        seen, scene, state,
        reason=SHORT.get(reason, "failed"),
        detail=sentence(f"{seen.ref} failed ({reason or 'Stalled'})", said),
        code=CODES.get(reason, "release_failed"),
        attempt=seen.counted or seen.failures or None,
        attempts=seen.attempts if seen.counted else None,
        due=due,
    )  # fmt: skip


def _unanswered(seen: ReleaseSeen, scene: Scene) -> Verdict | None:
    if not seen.unanswered:
        return None
    due = scene.left("unanswered", scene.pace.queued)
    if due is None:
        return _queue(seen, scene)
    return _verdict(seen, scene, State.WAITING, reason="new", due=due)


def _queue(seen: ReleaseSeen, scene: Scene) -> Verdict:
    detail = f"{seen.ref} waits until helm-controller comes to it."
    return _verdict(seen, scene, State.WAITING, reason="queued", detail=detail, queued=True)


_RULES: tuple[Callable[[ReleaseSeen, Scene], Verdict | None], ...] = (
    _ended, _done, _stalled, _dependent, _unsourced, _vain, _acting, _failing, _unanswered,
)  # fmt: skip
