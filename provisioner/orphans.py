"""What outlived its runner: an OpenTofu at work, or a provider that works for nobody any more.

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
_OPENTOFU = "tofu"
_SESSION_FIELD = 3
"""Index of ``session`` in /proc/PID/stat behind the closing bracket of the name (proc(5))."""


def interrupt_survivors(lock: Path) -> int:
    """Ask each OpenTofu that has ``lock`` open to end as at a cancel; return how many there were.

    It abandons its waits and saves its state; asked once more, it stops at once.
    """
    return sum(each.send(signal.SIGINT) for each in _holding(lock, _OPENTOFU))


def end_orphans(lock: Path) -> int:
    """Kill each provider that has ``lock`` open and whose OpenTofu is gone; return how many.

    OpenTofu leads the session in which its provider runs: while the leader lives, nothing is
    touched. What such a provider was waiting for is settled by the next run.
    """
    return sum(each.send(signal.SIGKILL) for each in _orphans(lock))


def _orphans(lock: Path) -> Iterator[Identity]:
    for each in _holding(lock, _PROVIDER):
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{each.pid}/stat").read_text().rpartition(")")[2].split()
            if Identity.of(int(stat[_SESSION_FIELD])) is None:
                yield each


def _holding(lock: Path, program: str) -> Iterator[Identity]:
    """Yield each process of a program, by how its name begins, that has ``lock`` open."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            identity = Identity.of(int(process.name))
            is_it = (process / "exe").readlink().name.startswith(program)
            if identity is not None and is_it and _has_open(process, lock):
                yield identity


def _has_open(process: Path, file: Path) -> bool:
    wanted = file.stat()
    for descriptor in (process / "fd").iterdir():
        with contextlib.suppress(OSError):
            if os.path.samestat(descriptor.stat(), wanted):
                return True
    return False
