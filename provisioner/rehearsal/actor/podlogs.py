"""What the containers of a cluster have written, run by run."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import NamedTuple

from provisioner.cluster.ports import Object
from provisioner.rehearsal.actor.kinds import PODS
from provisioner.rehearsal.actor.podstatus import Facts, texts
from provisioner.rehearsal.actor.store import Key, Store
from provisioner.rehearsal.scenarios.model import Step

RUNS = 2
"""A kubelet keeps the log of the present container, and of the one before."""
LINES = 1000
_PULLING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


class Line(NamedTuple):
    """One line of a log."""

    at: str
    text: str


class NoLog(Exception):
    """There is no log, for the reason that a kubelet gives (kubelet_pods.go)."""


class PodLogs:
    """The logs of all pods of one cluster, while they are there."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: dict[str, deque[list[Line]]] = defaultdict(lambda: deque(maxlen=RUNS))

    def note(self, uid: str, step: Step, facts: Facts) -> None:
        """Take in what a container writes in one step of its life."""
        runs = self._runs[uid]
        if step.state.get("running", {}).get("startedAt") == "{now}" or not runs:
            runs.append([])
        runs[-1] += [Line(facts.now, texts(line, facts)) for line in step.log]
        del runs[-1][:-LINES]

    def run(self, pod: Key, container: str) -> int | None:
        """Return which run of a container is running, counted from 0; None if none is."""
        item = self._store.get(PODS, pod)
        status = _status(item, container) if item is not None else {}
        running = status.get("state", {}).get("running")
        return int(status.get("restartCount", 0)) if running is not None else None

    def forget(self, uid: str) -> None:
        """Drop the logs of a pod that is gone."""
        self._runs.pop(uid, None)

    def read(self, pod: Key, container: str, *, previous: bool = False) -> list[Line]:
        """Return what a container has written; raises NoLog."""
        item = self._store.get(PODS, pod)
        if item is None:
            raise NoLog(f'pod "{pod.name}" not found')
        status = _status(item, container)
        where = f'container "{container}" in pod "{pod.name}"'
        waiting = status.get("state", {}).get("waiting")
        begun = not waiting or status.get("lastState", {}).get("terminated")
        if not begun and waiting is not None:
            reason = waiting.get("reason", "ContainerCreating")
            raise NoLog(f"{where} is waiting to start: {_PULLING.get(reason, reason)}")
        runs = self._runs.get(item["metadata"]["uid"], ())
        if previous and (len(runs) < RUNS or not status.get("restartCount")):
            raise NoLog(f"previous terminated {where} not found")
        if not runs:
            return []
        return list(runs[0] if previous else runs[-1])


def _status(pod: Object, container: str) -> Object:
    for each in pod.get("status", {}).get("containerStatuses", ()):
        if each["name"] == container:
            found: Object = each
            return found
    return {"state": {"waiting": {"reason": "ContainerCreating"}}}
