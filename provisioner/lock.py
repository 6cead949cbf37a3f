"""One runner owns a Sovereign at a time.

The lock is an flock on a file of the Sovereign's folder. OpenTofu inherits the descriptor, so the
lock is free only when the runner and the OpenTofu that it started are both gone. The file's content
says who took it, which tells a live runner from an OpenTofu that outlived its runner.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from provisioner.errors import Locked
from provisioner.orphans import end_orphans
from provisioner.process import Identity

POLL = 0.2
"""Real seconds between two tries while an OpenTofu outlives its runner."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who took the lock, and when."""

    identity: Identity
    since: datetime


class Lock:
    """A held lock; ``descriptor`` is what OpenTofu inherits."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def release(self) -> None:
        """Let go; the lock stays taken while an inheritor lives."""
        os.close(self.descriptor)


def holder(path: Path) -> Holder | None:
    """Return the live runner that holds the lock, if there is one.

    None means that no runner lives; an OpenTofu may still hold the lock (see ``is_free``).
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.identity.alive and not is_free(path) else None


def is_free(path: Path) -> bool:
    """Return whether nobody holds the lock now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        return _try(descriptor)
    finally:
        os.close(descriptor)


async def acquire(
    path: Path, fqdn: str, now: datetime, on_wait: Callable[[], None] = lambda: None
) -> Lock:
    """Take the lock; raises Locked if a live runner holds it.

    While only a surviving OpenTofu holds it, calls ``on_wait`` once and waits for it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    waited = False
    while not _try(descriptor):
        owner = holder(path)
        if owner is not None:
            os.close(descriptor)
            since = f"{owner.since:%Y-%m-%d %H:%M:%S} UTC"
            raise Locked("locked", fqdn=fqdn, pid=owner.identity.pid, since=since)
        if await asyncio.to_thread(end_orphans, path):
            continue
        if not waited:
            on_wait()
            waited = True
        await asyncio.sleep(POLL)
    mine = msgspec.json.encode(Holder(identity=Identity.mine(), since=now))
    os.pwrite(descriptor, mine, 0)
    os.ftruncate(descriptor, len(mine))
    return Lock(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
