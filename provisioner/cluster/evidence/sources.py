"""Why a release's chart is not there: the one object of the chain that is at fault."""

from __future__ import annotations

import re

import msgspec

from provisioner.cluster.evidence.flux_objects import SourceSeen
from provisioner.cluster.evidence.shapes import Ref, one_line, sentence

INDIRECT = frozenset({"SourceUnavailable", "NoSourceArtifact"})
"""A HelmChart's reasons that only say that its repository is not ready."""
UNFINAL = frozenset({"Progressing", "ProgressingWithRetry"})
_HTTP = re.compile(r"(?<!\d)(401|403|404|429|5\d\d)(?!\d)")
_SHORT = {
    "connection refused": "refused",
    "no such host": "no such host",
    "deadline exceeded": "no answer",
    "manifest unknown": "no such tag",
}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a chart from being fetched."""

    ref: Ref
    code: str
    short: str
    sentence: str
    final: bool = False
    """Whether its controller has given up until something changes."""


def fault(
    wanted: Ref, source: SourceSeen | None, repository: Ref | None, origin: SourceSeen | None
) -> Fault | None:
    """Return what is at fault, or None while nothing has failed.

    ``source`` holds the chart; ``origin`` is the repository that a HelmChart takes it from.
    """
    if source is None:
        return None if repository is not None else _missing(wanted)
    failure = source.failure
    if failure is None or failure.reason in UNFINAL:
        return None
    if repository is not None and failure.reason in INDIRECT:
        if origin is None:
            return _missing(repository)
        if origin.failure is None or origin.failure.reason in UNFINAL:
            return None
        return _failed(origin)
    return _failed(source)


def _missing(ref: Ref) -> Fault:
    return Fault(ref=ref, code="source_missing", short="no source", sentence=f"{ref} is not there.")


def _failed(source: SourceSeen) -> Fault:
    failure = source.failure
    reason, said = (failure.reason, one_line(failure.message)) if failure else ("", "")
    final = source.stalled is not None
    code = "chart_missing" if reason == "InvalidChartReference" else "source_failed"
    words = sentence(f"{source.ref} cannot be fetched ({reason})", said)
    return Fault(ref=source.ref, code=code, short=_short(reason, said), sentence=words, final=final)


def _short(reason: str, said: str) -> str:
    if reason == "InvalidChartReference":
        return "no such chart"
    found = _HTTP.search(said)
    if found:
        return f"source {found[1]}"
    lower = said.lower()
    return next((short for words, short in _SHORT.items() if words in lower), "source")
