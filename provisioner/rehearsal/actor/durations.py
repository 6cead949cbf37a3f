"""Durations as Go programs read and write them: ``5m0s``, ``1h0m0s``, ``10.27s``."""

from __future__ import annotations

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")


def seconds(text: str) -> float:
    """Return the seconds of a Go duration."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def written(duration: float) -> str:
    """Return a duration of seconds the way Go prints it."""
    hours, rest = divmod(round(duration, 3), 3600)
    minutes, left = divmod(rest, 60)
    text = f"{left:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{int(hours)}h{int(minutes)}m{text}"
    return f"{int(minutes)}m{text}" if minutes else text
