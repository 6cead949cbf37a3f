"""From a line of a file to a line of a log: one small pure function a format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

LONGEST = 1_000
"""Characters of a line that are kept for the screen; the file keeps all."""
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f]")
_LEVELS = {"trace": "debug", "debug": "debug", "warn": "warn", "warning": "warn", "error": "error"}
_TIME = re.compile(r"T(\d\d:\d\d:\d\d)")


class LogLine(NamedTuple):
    """One line as it is shown."""

    at: str
    """Time of day as the source wrote it, or empty."""
    source: str
    level: str
    """``debug``, ``info``, ``warn`` or ``error``."""
    text: str


def parse(source: str, raw: str) -> LogLine:
    """Return a line of any known format; one that is none of them is shown as it is."""
    for form in _FORMATS:
        found = form(source, raw)
        if found is not None:
            return found
    return LogLine("", source, "info", clean(raw))


def clean(text: str) -> str:
    """Return text without control characters and escape sequences, at most LONGEST long."""
    return _CONTROL.sub("", text.expandtabs(4))[:LONGEST]


def _tofu(source: str, raw: str) -> LogLine | None:
    """Read OpenTofu's machine-readable output: one JSON object a line."""
    if not raw.startswith("{"):
        return None
    try:
        message = json.loads(raw)
        text, level = str(message["@message"]), str(message.get("@level", "info"))
        at = _TIME.search(str(message.get("@timestamp", "")))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return LogLine(at[1] if at else "", source, _LEVELS.get(level, "info"), clean(text))


def _said_error(source: str, raw: str) -> LogLine | None:
    """Read what programs write to standard error when they fail."""
    if not raw.lstrip().startswith(("Error", "panic:", "fatal")):
        return None
    return LogLine("", source, "error", clean(raw))


_FORMATS: tuple[Callable[[str, str], LogLine | None], ...] = (_tofu, _said_error)
