"""What the Kubernetes API refused, as our own errors.

A Status may quote the object that was sent, so only what cannot hold a value is repeated: the
reason, the names of fields, and the message of those refusals that speak of names and rights.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from provisioner.cluster.evidence.shapes import one_line
from provisioner.errors import ClusterError

CODES = {
    HTTPStatus.BAD_REQUEST: "cluster_invalid",
    HTTPStatus.UNAUTHORIZED: "cluster_unauthorized",
    HTTPStatus.FORBIDDEN: "cluster_forbidden",
    HTTPStatus.NOT_FOUND: "cluster_not_found",
    HTTPStatus.CONFLICT: "cluster_conflict",
    HTTPStatus.GONE: "cluster_expired",
    HTTPStatus.UNPROCESSABLE_ENTITY: "cluster_invalid",
}
HARMLESS = frozenset({"cluster_forbidden", "cluster_not_found", "cluster_conflict"})
"""Whose messages name objects, fields and rights, never values."""
LONGEST = 300


class Cause(msgspec.Struct, frozen=True):
    """One field that was refused."""

    reason: str = ""
    field: str = ""


class Details(msgspec.Struct, frozen=True):
    """What a Status is about."""

    kind: str = ""
    causes: tuple[Cause, ...] | None = None


class Status(msgspec.Struct, frozen=True):
    """The API's way to say no."""

    message: str = ""
    reason: str = ""
    code: int = 0
    details: Details | None = None


def status(content: bytes) -> Status:
    """Return the Status in an answer; an empty one where there is none."""
    try:
        return msgspec.json.decode(content, type=Status)
    except msgspec.DecodeError:
        return Status()


def refusal(code: int, path: str, content: bytes, *, secret: bool = False) -> ClusterError:
    """Return the error for an answer with HTTP status ``code``.

    ``secret`` says that the answer may quote secrets.
    """
    said = status(content)
    name = CODES.get(HTTPStatus(code)) if code in HTTPStatus._value2member_map_ else None
    name = name or "cluster_failing"
    return ClusterError(name, path=path, status=code, said=_sentence(name, said, secret))


def no_log(code: int, path: str, content: bytes) -> ClusterError:
    """Return the error for a log that was refused.

    Such a refusal speaks of names and of how the container stands, and is told as it is.
    """
    if code == HTTPStatus.BAD_REQUEST:
        return ClusterError("log_refused", said=one_line(status(content).message, LONGEST))
    return refusal(code, path, content)


def _sentence(name: str, said: Status, secret: bool) -> str:
    if name in HARMLESS and said.message and not secret:
        return said.message[:LONGEST]
    causes = (said.details.causes if said.details else None) or ()
    fields = ", ".join(f"{cause.field} ({cause.reason})" for cause in causes if cause.field)
    return "; ".join(part for part in (said.reason, fields) if part)[:LONGEST] or "nothing more"
