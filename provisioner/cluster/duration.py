"""Durations as Go writes them (``1h30m``, ``10m0s``, ``500ms``), in seconds."""

from __future__ import annotations

import re

_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def seconds(text: object, default: float) -> float:
    """Return a duration in seconds; ``default`` for what is none."""
    if not isinstance(text, str) or not text:
        return default
    parts = _PART.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        return default
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
