"""From a line of a file to a line of a log: one small pure function a format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

LONGEST = 1_000
"""Characters of a line that are kept for the screen; the file keeps all."""
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f]")
LEVELS = ("debug", "info", "warn", "error")
"""From everything to the worst."""
_LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "warn": "warn",
    "warning": "warn",
    "error": "error",
    "err": "error",
    "fatal": "error",
    "panic": "error",
    "critical": "error",
}
_TIME = re.compile(r"T(\d\d:\d\d:\d\d)")
_STAMPED = re.compile(
    r"\d{4}-\d\d-\d\d[T ](?P<at>\d\d:\d\d:\d\d)[.,\d]*(?:Z|[+-]\d\d:?\d\d)?[\s:]+(?=\S)"
)
_KLOG = re.compile(r"(?P<level>[IWEF])\d{4} (?P<at>\d\d:\d\d:\d\d)\.\d+ +\d+ (?P<text>.*)")
_KLOG_LEVELS = {"I": "info", "W": "warn", "E": "error", "F": "error"}
_LOGFMT = re.compile(r"\b(?:level|lvl|severity)=\"?(?P<level>[A-Za-z]+)")
_BARE = re.compile(r"\W*(?P<level>[A-Z]{3,8})\b")


class LogLine(NamedTuple):
    """One line as it is shown."""

    at: str
    """Time of day as the source wrote it, or empty."""
    source: str
    level: str
    """``debug``, ``info``, ``warn`` or ``error``."""
    text: str


def parse(source: str, raw: str, at: str = "") -> LogLine:
    """Return a line of any known format; one that is none of them is shown as it is.

    A line without a time of its own gets ``at``.
    """
    stamp = _STAMPED.match(raw)
    if stamp is not None:
        # In front there is a place for it; in the text it would stand a second time.
        at, raw = stamp["at"], raw[stamp.end() :]
    for form in _FORMATS:
        found = form(source, raw)
        if found is not None:
            return found if found.at else found._replace(at=at)
    return LogLine(at, source, "info", clean(raw))


def clean(text: str) -> str:
    """Return text without control characters and escape sequences, at most LONGEST long."""
    return _CONTROL.sub("", text.expandtabs(4))[:LONGEST]


class _Message(msgspec.Struct):
    """What counts of one of OpenTofu's typed messages."""

    text: str = msgspec.field(name="@message")
    level: str = msgspec.field(name="@level", default="info")
    at: str = msgspec.field(name="@timestamp", default="")


_DECODE = msgspec.json.Decoder(_Message)


def _tofu(source: str, raw: str) -> LogLine | None:
    """Read OpenTofu's machine-readable output: one JSON object a line."""
    if not raw.startswith("{"):
        return None
    try:
        message = _DECODE.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
    at = _TIME.search(message.at)
    return LogLine(at[1] if at else "", source, _level(message.level), clean(message.text))


def _json(source: str, raw: str) -> LogLine | None:
    """Read what most controllers write: a JSON object with a level and a message."""
    if not raw.startswith("{"):
        return None
    try:
        message = json.loads(raw)
        text = next(str(message[name]) for name in ("msg", "message") if name in message)
        level = str(message.get("level") or message.get("severity") or "info").lower()
        stamp = message.get("ts") or message.get("time") or message.get("timestamp") or ""
    except (ValueError, AttributeError, TypeError, RecursionError, StopIteration):
        return None
    at = _TIME.search(str(stamp))
    known = ("msg", "message", "level", "severity", "ts", "time", "timestamp")
    rest = " ".join(f"{name}={value}" for name, value in message.items() if name not in known)
    return LogLine(at[1] if at else "", source, _level(level), clean(f"{text} {rest}".rstrip()))


def _klog(source: str, raw: str) -> LogLine | None:
    """Read what Kubernetes' own programs write: ``W0101 12:00:07.500 1 file.go:12] text``."""
    found = _KLOG.match(raw)
    if found is None:
        return None
    return LogLine(found["at"], source, _KLOG_LEVELS[found["level"]], clean(found["text"]))


def _worded(source: str, raw: str) -> LogLine | None:
    """Read a line that names its level somewhere: ``level=error``, or ``FATAL:`` in front."""
    found = _LOGFMT.search(raw) or _BARE.match(raw)
    if found is None or found["level"].lower() not in _LEVELS:
        return None
    return LogLine("", source, _level(found["level"]), clean(raw))


def _level(word: str) -> str:
    return _LEVELS.get(word.lower(), "info")


def _said_error(source: str, raw: str) -> LogLine | None:
    """Read what programs write to standard error when they fail."""
    if not raw.lstrip().startswith(("Error", "panic:", "fatal")):
        return None
    return LogLine("", source, "error", clean(raw))


_FORMATS: tuple[Callable[[str, str], LogLine | None], ...] = (
    _tofu,
    _json,
    _klog,
    _said_error,
    _worded,
)
