"""What is wrong with one object, in a form that can be compared and shown."""

from __future__ import annotations

from typing import NamedTuple

RANK = (
    "image_pull",
    "container_config",
    "out_of_memory",
    "crash_loop",
    "volume_pending",
    "unschedulable",
    "volume_mount",
    "pod_failed",
    "job_failed",
    "pods_refused",
    "not_ready",
    "not_progressing",
)
"""From what explains the most to what explains the least."""


class Trouble(NamedTuple):
    """Something that keeps an object from being as wanted."""

    code: str
    """The remedy's code."""
    short: str
    """A word or two for one cell."""
    sentence: str
    """One sentence with the exact object."""
    cause: str = ""
    """The container or volume that it is about: the same cause keeps its first sentence."""

    @property
    def rank(self) -> int:
        """The lower, the more it explains."""
        return RANK.index(self.code) if self.code in RANK else len(RANK)
