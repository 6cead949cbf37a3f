"""Providers that outlived their OpenTofu: they work for nobody, and hold what they inherited.

OpenTofu hands the Sovereign's lock on to its provider without meaning to. Killed at a bad moment,
it leaves a provider that waits for it for ever, and the lock would never be free. Source: proc(5).
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from provisioner.process import Identity

_PROVIDER = "terraform-provider"
_SESSION_FIELD = 3
"""Index of ``session`` in /proc/PID/stat behind the closing bracket of the name (proc(5))."""


def end_orphans(lock: Path) -> int:
    """Kill each provider that has ``lock`` open and whose OpenTofu is gone; return how many.

    OpenTofu leads the session in which its provider runs: while the leader lives, nothing is
    touched. What such a provider was waiting for is settled by the next run.
    """
    return sum(each.send(signal.SIGKILL) for each in _orphans(lock))


def _orphans(lock: Path) -> Iterator[Identity]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            identity = Identity.of(int(process.name))
            program = (process / "exe").readlink().name
            if identity is None or not program.startswith(_PROVIDER):
                continue
            stat = (process / "stat").read_text().rpartition(")")[2].split()
            if Identity.of(int(stat[_SESSION_FIELD])) is None and _has_open(process, lock):
                yield identity


def _has_open(process: Path, file: Path) -> bool:
    wanted = file.stat()
    for descriptor in (process / "fd").iterdir():
        with contextlib.suppress(OSError):
            if os.path.samestat(descriptor.stat(), wanted):
                return True
    return False
