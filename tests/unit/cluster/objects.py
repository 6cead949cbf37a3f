"""Objects as a cluster would show them, with sound values for what a test does not care about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from provisioner.cluster.board import Board
from provisioner.cluster.evidence import kinds
from provisioner.cluster.evidence.pace import Pace
from provisioner.cluster.ports import Changed, Object, Resource, Snapshot
from provisioner.events import Event
from provisioner.facts import ExpectedComponent, ProbeTarget, Release, Rung, State


def component(name: str, *needs: str, probed: bool = False, usual: float = 60) -> ExpectedComponent:
    """Return a component with one release of its own name, in a namespace of its own name."""
    rungs = (Rung.SOURCE, Rung.RELEASE, Rung.WORKLOADS)
    return ExpectedComponent(
        name=name,
        releases=(Release(namespace=name, name=name),),
        depends_on=needs,
        rungs=(*rungs, Rung.PROBE) if probed else rungs,
        usual=usual,
        probe=ProbeTarget(service=name, namespace=name, port=80) if probed else None,
    )


def condition(kind: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    """Return a condition about generation 1."""
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": 1,
    }


def release(
    name: str, *conditions: dict[str, Any], needs: Iterable[str] = (), **status: Any
) -> Object:
    """Return a HelmRelease."""
    return {
        "metadata": {"namespace": name, "name": name, "generation": 1, "finalizers": ["f"]},
        "spec": {
            "chart": {
                "spec": {"chart": name, "sourceRef": {"kind": "HelmRepository", "name": "r"}}
            },
            "dependsOn": [{"namespace": each, "name": each} for each in needs],
            "install": {"remediation": {"retries": 1}},
        },
        "status": {"observedGeneration": -1, "conditions": list(conditions)} | status,
    }


def done(name: str, *needs: str) -> Object:
    """Return a HelmRelease that is installed."""
    ready = condition("Ready", "True", "InstallSucceeded")
    return release(name, ready, needs=needs, observedGeneration=1)


def waiting(name: str, *needs: str) -> Object:
    """Return a HelmRelease that waits for others."""
    return release(
        name,
        condition("Ready", "False", "DependencyNotReady", "dependency is not ready"),
        condition("Reconciling", "True", "ProgressingWithRetry"),
        needs=needs,
    )


def installing(name: str) -> Object:
    """Return a HelmRelease whose installation runs."""
    said = "Running 'install' action with timeout of 5m0s"
    return release(
        name,
        condition("Reconciling", "True", "Progressing", said),
        condition("Ready", "Unknown", "Progressing", said),
    )


def stalled(name: str, *needs: str) -> Object:
    """Return a HelmRelease that was given up."""
    return release(
        name,
        condition("Ready", "False", "InstallFailed", "context deadline exceeded"),
        condition("Released", "False", "InstallFailed", "context deadline exceeded"),
        condition("Stalled", "True", "RetriesExceeded", "Failed to install after 2 attempt(s)"),
        needs=needs,
        observedGeneration=1,
        failures=2,
        installFailures=2,
    )


def repository(name: str = "r", namespace: str = "a") -> Object:
    """Return a HelmRepository that was fetched."""
    return {
        "metadata": {"namespace": namespace, "name": name, "generation": 1},
        "status": {
            "observedGeneration": 1,
            "artifact": {"revision": "1"},
            "conditions": [condition("Ready", "True", "Succeeded")],
        },
    }


def deployment(name: str, there: int = 1, wanted: int = 1) -> Object:
    """Return a Deployment that the release of the same name has made."""
    labels = {"helm.toolkit.fluxcd.io/name": name, "helm.toolkit.fluxcd.io/namespace": name}
    return {
        "metadata": {"namespace": name, "name": name, "generation": 1, "labels": labels},
        "spec": {"replicas": wanted, "selector": {"matchLabels": {"app": name}}},
        "status": {
            "observedGeneration": 1,
            "availableReplicas": there,
            "updatedReplicas": wanted,
        },
    }


def pod(
    name: str,
    *,
    state: dict[str, Any] | None = None,
    last: dict[str, Any] | None = None,
    **more: Any,
) -> Object:
    """Return the one pod of a Deployment; ``more`` goes into its status."""
    container = {"name": "main", "ready": False, "state": state or {}, "lastState": last or {}}
    return {
        "metadata": {
            "namespace": name,
            "name": f"{name}-5f7-x",
            "labels": {"pod-template-hash": "5f7", "app": name},
            "ownerReferences": [{"kind": "ReplicaSet", "name": f"{name}-5f7"}],
        },
        "spec": {
            "containers": [{"name": "main", "image": f"example.org/{name}:1"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        },
        "status": {"phase": "Pending", "containerStatuses": [container]} | more,
    }


class Stage:
    """A board with a clock of its own; everything was listed, and nothing is there."""

    def __init__(self, *expected: ExpectedComponent, pace: Pace | None = None) -> None:
        self.now = 0.0
        self.board = Board(expected, pace or Pace(), 0.0)
        self.told: list[Event] = []
        for resource in kinds.WATCHED:
            self.board.feed(Snapshot(resource, ()), 0.0)

    def see(self, resource: Resource, *items: Object, gone: bool = False) -> None:
        """Have a watch tell of objects."""
        for item in items:
            self.board.feed(Changed(resource, item, gone), self.now)

    def healthy(self, name: str, *needs: str) -> None:
        """Have a component climb to the top of its ladder."""
        self.see(kinds.HELM_RELEASES, done(name, *needs))
        self.see(kinds.DEPLOYMENTS, deployment(name))

    def state(self, name: str) -> State:
        """Return how a component is shown now."""
        return self.board.lines[name].state

    def wait(self, seconds: float = 2.0) -> list[Event]:
        """Let time pass, flushing whenever the board asks for it; return what was told."""
        until, told = self.now + seconds, list[Event]()
        while (due := self.now + max(self.board.wake(self.now), 0.001)) <= until:
            self.now = due
            told += self.board.flush(self.now)
        self.now = until
        self.told += told
        return told
