"""One promise and what was measured of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    promise: str
    measured: str
    kept: bool
