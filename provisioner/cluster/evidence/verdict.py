"""What one release's own objects prove."""

from __future__ import annotations

import msgspec

from provisioner.cluster.evidence.shapes import Key
from provisioner.facts import State


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Where one release stands, by itself; workloads are not asked yet."""

    state: State
    source: bool = False
    """Whether its chart was fetched."""
    release: bool = False
    """Whether it is reconciled, in its present generation."""
    reason: str = ""
    detail: str = ""
    code: str = ""
    needs: tuple[Key, ...] = ()
    """The releases it waits for."""
    queued: bool = False
    """Whether it waits for nothing but its controller."""
    attempt: int | None = None
    attempts: int | None = None
    due: float | None = None
    """Seconds after which time alone changes the verdict."""
