"""Is a Flux controller dead? A dead one writes nothing, and nothing is all there is to see.

One object that nobody begins to work on may only be queued, so its neighbours are asked too: a
controller is suspect when somebody waits, nothing of its kind moves, and it is not simply busy with
as much as it can do at once.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.flux_objects import FluxObject, ReleaseSeen
from provisioner.cluster.evidence.index import Index
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.evidence.shapes import Ref
from provisioner.cluster.ports import Resource

DEPENDENCY, NO_SOURCE = "DependencyNotReady", "SourceNotReady"
HELM, SOURCE, KUSTOMIZE = "helm-controller", "source-controller", "kustomize-controller"
AT_ONCE = {HELM: 4, SOURCE: 2, KUSTOMIZE: 4}
"""How many objects each works on at once, as Flux is shipped."""
LATE = 60.0
"""Seconds after its own timeout until an action counts as frozen."""


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A controller that seems to be dead."""

    controller: str
    waiting: Ref
    """Who waits for it."""
    seconds: float
    """For how long nothing has moved."""


class Controllers:
    """Watches when Flux's controllers last wrote anything; times are monotonic seconds."""

    def __init__(self, index: Index, pace: Pace, now: float) -> None:
        self._index = index
        self._pace = pace
        self._moved = dict.fromkeys(AT_ONCE, now)
        self._began: dict[Ref, tuple[str, float]] = {}

    def moved(self, resource: Resource, now: float) -> None:
        """Note that an object of this kind was written."""
        controller = controller_of(resource)
        if controller is not None:
            self._moved[controller] = now

    def suspects(self, now: float) -> list[Suspect]:
        """Return the controllers that seem to be dead."""
        releases, sources = list(self._index.releases()), list(self._index.sources())
        plain = [each for each in sources if each.ref.kind != "Kustomization" and not each.static]
        kustomizations = [each for each in sources if each.ref.kind == "Kustomization"]
        found = (
            self._suspect(HELM, kinds.HELM_RELEASES, releases, now),
            self._suspect(SOURCE, kinds.HELM_REPOSITORIES, plain, now),
            self._suspect(KUSTOMIZE, kinds.KUSTOMIZATIONS, kustomizations, now),
        )
        return [each for each in found if each is not None]

    def _suspect(
        self, controller: str, kind: Resource, objects: Iterable[FluxObject], now: float
    ) -> Suspect | None:
        seconds = now - self._moved[controller]
        busy, waiting = 0, list[Ref]()
        for each in objects:
            state = self._work(each, now)
            if state == "busy":
                busy += 1
            elif state == "waiting":
                waiting.append(each.ref)
        silent = seconds >= self._pace.silent and kind not in self._index.lost
        if not silent or not waiting or busy >= AT_ONCE[controller]:
            return None
        return Suspect(controller=controller, waiting=min(waiting), seconds=seconds)

    def _work(self, seen: FluxObject, now: float) -> str:
        """Return ``busy``, ``waiting`` or nothing for one object."""
        if seen.unanswered or (isinstance(seen, ReleaseSeen) and self._free(seen)):
            self._began.pop(seen.ref, None)
            return "waiting"
        acting = seen.reconciling is not None and seen.ready.status == "Unknown"
        if not acting:
            self._began.pop(seen.ref, None)
            return ""
        words, since = self._began.get(seen.ref, ("", now))
        if words != seen.ready.message:
            since = now
        self._began[seen.ref] = (seen.ready.message, since)
        longest = seen.timeout if isinstance(seen, ReleaseSeen) else self._pace.silent
        return "waiting" if now - since > longest + LATE else "busy"

    def _free(self, seen: ReleaseSeen) -> bool:
        """Return whether a release still says that it waits for what has long been there.

        A controller that lives looks again every 30 s, well within its silence.
        """
        if seen.suspended or seen.deleting:
            return False
        if seen.ready.reason == DEPENDENCY:
            needs = [self._index.release(each) for each in seen.needs]
            return all(each is not None and each.done for each in needs)
        source = self._index.source(seen.source)
        return seen.ready.reason == NO_SOURCE and source is not None and source.done


def controller_of(resource: Resource) -> str | None:
    """Return the controller that writes objects of a kind."""
    if resource == kinds.HELM_RELEASES:
        return HELM
    if resource == kinds.KUSTOMIZATIONS:
        return KUSTOMIZE
    return SOURCE if resource in kinds.SOURCES else None
