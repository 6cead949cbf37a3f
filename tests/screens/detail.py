"""What a cluster says of the story's broken component."""

from __future__ import annotations

from provisioner.cluster.detail import ConditionLine, Container, Detail, EventLine

_RELEASE = "HelmRelease openbao/openbao"
_POD = "Pod openbao/openbao-0"
_IMAGE = "quay.io/openbao/openbao:2.6.2"


def _condition(of: str, kind: str, status: str, reason: str, message: str = "") -> ConditionLine:
    return ConditionLine(
        object=of, type=kind, status=status, reason=reason, message=message,
        since="2026-01-01T11:58:20Z",
    )  # fmt: skip


def _event(reason: str, message: str, count: int, second: int) -> EventLine:
    return EventLine(
        object=_POD, type="Warning" if count > 1 else "Normal", reason=reason, message=message,
        last=f"2026-01-01T12:00:{second:02}Z", count=count,
    )  # fmt: skip


OPENBAO = Detail(
    component="openbao",
    title="secrets",
    objects=("HelmRepository openbao/openbao", _RELEASE, "StatefulSet openbao/openbao", _POD),
    conditions=(
        _condition("HelmRepository openbao/openbao", "Ready", "True", "Succeeded", "stored index"),
        _condition(_RELEASE, "Reconciling", "True", "ProgressingWithRetry", "retrying after error"),
        _condition(_RELEASE, "Ready", "False", "InstallFailed",
                   "Helm install failed for release openbao/openbao: context deadline exceeded"),
        _condition(_RELEASE, "Released", "False", "InstallFailed", "context deadline exceeded"),
        _condition(_POD, "Initialized", "True", ""),
        _condition(_POD, "Ready", "False", "ContainersNotReady", "containers not ready: [openbao]"),
    ),
    events=(
        _event("BackOff", f'Back-off pulling image "{_IMAGE}"', 6, 31),
        _event("Failed", f'Failed to pull image "{_IMAGE}": 429 Too Many Requests', 3, 12),
        _event("Scheduled", "Successfully assigned openbao/openbao-0 to catalyst-oman-cp1", 1, 2),
    ),
    containers=(
        Container(namespace="openbao", pod="openbao-0", name="openbao", failing=True,
                  said=f"Container openbao of openbao-0 cannot pull {_IMAGE}: 429."),
        Container(namespace="openbao", pod="openbao-0", name="agent"),
    ),
    commands=(
        "kubectl -n openbao describe helmrelease openbao",
        "kubectl -n openbao logs openbao-0 -c openbao --previous",
        "catalyst logs oman.omani.works openbao --follow",
        "catalyst reconcile oman.omani.works openbao",
    ),
)  # fmt: skip

LOG = (
    "I0101 12:00:01.120042       1 server.go:41] openbao 2.6.2 is starting",
    '{"level":"warn","ts":"2026-01-01T12:00:02Z","msg":"storage is not sealed","path":"/data"}',
    "2026-01-01 12:00:03 FATAL: cannot bind to 0.0.0.0:8200: address already in use by another "
    "process of this node, which was started before it and holds the port",
)
