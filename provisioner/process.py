"""Which process is which: a pid alone may be somebody else's tomorrow.

A process is known by pid, start time and boot id, and signalled through a pidfd, so that a recycled
pid is never hit. Source: proc(5), pidfd_open(2).
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import msgspec

_START_FIELD = 19
"""Index of ``starttime`` in /proc/PID/stat behind the closing bracket of the name (proc(5))."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One process of one boot of this machine."""

    pid: int
    start: int
    """Clock ticks since boot at which it started."""
    boot: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """Return who ``pid`` is now, or None if there is no such process or it is a zombie."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()
        if fields[0] in {"Z", "X"}:
            return None
        return cls(pid=pid, start=int(fields[_START_FIELD]), boot=boot_id())

    @classmethod
    def mine(cls) -> Identity:
        """Return who this process is."""
        identity = cls.of(os.getpid())
        assert identity is not None, "a running process has an entry in /proc"  # noqa: S101
        return identity

    @property
    def alive(self) -> bool:
        """Whether exactly this process still runs."""
        return Identity.of(self.pid) == self

    def send(self, number: signal.Signals) -> bool:
        """Signal exactly this process; returns False when it is gone."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if not self.alive:
                return False
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, number)
                return True
            return False
        finally:
            os.close(descriptor)


def boot_id() -> str:
    """Return the id of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
