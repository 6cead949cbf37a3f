"""Whether a logout would end what we start, and how to start it so that it does not.

Where logind has KillUserProcesses set, the end of a session kills all that runs in its scope,
detached or not. A scope of the user's own manager outlives the session, if that manager lingers.
Sources: logind.conf(5), loginctl(1), systemd-run(1), cgroups(7).
"""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 2.0
"""Real seconds for one answer; a bus that is silent counts as none."""
_SESSION = re.compile(r"/session-[^/]+\.scope(/|$)", re.MULTILINE)
_MANAGER = (
    "org.freedesktop.login1",
    "/org/freedesktop/login1",
    "org.freedesktop.login1.Manager",
)
_ASKED = ("KillUserProcesses", "KillOnlyUsers", "KillExcludeUsers")


@dataclass(frozen=True)
class Logind:
    """What this machine's logind does with this process; each question reads or asks anew."""

    cgroup: Path = Path("/proc/self/cgroup")
    lingering: Path = Path("/var/lib/systemd/linger")
    runtime: Path = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")

    async def ends_us(self) -> bool:
        """Return whether the end of a session would end this process and what it starts."""
        try:
            inside = _SESSION.search(await asyncio.to_thread(self.cgroup.read_text))
        except OSError:
            return False
        return bool(inside) and await _kills(_user())

    def lasts(self) -> bool:
        """Return whether the user's own manager outlives the user's sessions, and can be asked."""
        there = (self.runtime / "systemd" / "private").exists() or (self.runtime / "bus").exists()
        lingers = (self.lingering / _user()).exists()
        return lingers and there and shutil.which("systemd-run") is not None

    async def lasting(self, command: Sequence[str]) -> list[str]:
        """Return the command, put where a logout does not reach it if that is needed and can be."""
        if await self.ends_us() and await asyncio.to_thread(self.lasts):
            return ["systemd-run", "--user", "--scope", "--collect", "--quiet", "--", *command]
        return list(command)


async def _kills(user: str) -> bool:
    """Return whether logind kills what this user leaves behind; one that is not there does not."""
    try:
        process = await asyncio.create_subprocess_exec(
            "busctl",
            "--system",
            "get-property",
            *_MANAGER,
            *_ASKED,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    kill, only, excluded = ([*said.decode("utf-8", "replace").splitlines(), "", "", ""])[:3]
    named = f'"{user}"'
    return (
        kill.split() == ["b", "true"]
        and named not in excluded
        and (named in only or only.split() in ([], ["as", "0"]))
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
