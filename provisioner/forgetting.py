"""Removing what is kept of a Sovereign of which nothing is rented any more, or ever was."""

from __future__ import annotations

import asyncio
import shutil

from provisioner.clock import Clock
from provisioner.errors import HomeError, JournalError
from provisioner.home import SovereignFolder
from provisioner.lock import acquire
from provisioner.standing import look, may_be_rented
from provisioner.tofu.workspace import has_state


async def forget_sovereign(folder: SovereignFolder) -> None:
    """Remove a Sovereign's folder: answers, journal, logs and the state of what is no more.

    Raises HomeError("still_rented") while anything of it may be rented, Locked while a run is
    alive, and JournalError when nobody can tell.
    """
    lock = await acquire(folder.lock, folder.fqdn, Clock().now())
    try:
        await asyncio.to_thread(_refuse_rented, folder)
        await asyncio.to_thread(_remove, folder)
    finally:
        lock.release()


def _refuse_rented(folder: SovereignFolder) -> None:
    try:
        rented = may_be_rented(folder, look(folder))
    except JournalError:
        if not has_state(folder.tofu):
            raise
        rented = True
    if rented:
        raise HomeError("still_rented", fqdn=folder.fqdn)


def _remove(folder: SovereignFolder) -> None:
    try:
        shutil.rmtree(folder.path)
    except OSError as error:
        raise HomeError("home_unusable", path=folder.path, reason=error.strerror) from error
