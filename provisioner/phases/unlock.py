"""OpenTofu's own lock, left behind: a backend elsewhere keeps it when its owner was killed.

The lock names who took it, and where. It is cleared only where that is this user on this machine,
and no OpenTofu lives here that may have taken it: the Sovereign's own lock is held meanwhile, so
that none of its own can. Any other owner is named, with what clears it by hand.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from provisioner.errors import TofuError
from provisioner.phases.opentofu import open_tofu
from provisioner.run import Run
from provisioner.tofu.workspace import OVERRIDE, was_initialised

CODE = "tofu_state_locked"
_FACT = re.compile(r"^[\s│]*(?P<name>ID|Who|Created):\s+(?P<value>\S.*?)\s*$", re.MULTILINE)
"""As OpenTofu prints the owner of a lock, for people."""
_PROGRAMS = ("tofu", "terraform")


async def unlocked(run: Run, error: TofuError) -> bool:
    """Clear the lock that ``error`` complains of and say so; False where its owner may live.

    ``error`` is told what is known of the owner. Raises TofuError where the backend refuses.
    """
    log = run.folder.logs / error.facts.get("log", "")
    found = await asyncio.to_thread(_owner, log)
    error.facts.update(
        who=found.get("Who", "somebody"),
        since=found.get("Created", "an unknown time").partition(".")[0],
        lock=found.get("ID", "LOCK_ID"),
        path=str(run.folder.tofu),
    )
    mine = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"
    if "ID" not in found or found.get("Who") != mine:
        return False
    if await asyncio.to_thread(lambda: any(_living(run.folder.tofu))):
        return False
    await open_tofu(run).run("force-unlock", "force-unlock", "-force", found["ID"])
    run.warn(TofuError("tofu_unlocked", **error.facts), "tofu")
    return True


def _owner(log: Path) -> dict[str, str]:
    """Return what a log tells of who holds the lock."""
    try:
        text = log.read_text("utf-8", "replace")
    except OSError:
        return {}
    return {each["name"]: each["value"] for each in _FACT.finditer(text)}


def _living(directory: Path) -> Iterator[Path]:
    """Yield where an OpenTofu works that may have locked the state of a working directory."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "exe").readlink().name not in _PROGRAMS:
                continue
            where = (process / "cwd").readlink()
        except OSError:
            continue
        if _may_share(where, directory):
            yield where


def _may_share(where: Path, directory: Path) -> bool:
    """Return whether two working directories may keep their state in one place."""
    if where == directory:
        return True
    try:
        return (where / OVERRIDE).read_bytes() == (directory / OVERRIDE).read_bytes()
    except OSError:
        # One of ours without that file keeps its state in its own folder.
        return not was_initialised(where)
