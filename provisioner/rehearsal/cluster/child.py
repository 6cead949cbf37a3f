"""The programs of a rehearsed cluster, as processes that end with the world."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from provisioner.rehearsal.cluster import tether


class Child:
    """One running program."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, command: Sequence[str], log: Path, variables: Mapping[str, str] | None = None
    ) -> Child:
        """Start a program whose output is appended to ``log``; it inherits no variable."""
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", tether.__file__, str(os.getpid()), *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env={"PATH": os.defpath, "GOMAXPROCS": "2", **(variables or {})},
            )  # fmt: skip
        finally:
            os.close(descriptor)
        return cls(process)

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    async def kill(self) -> None:
        """End it at once; what it has written is with the kernel already."""
        if self.running:
            self._process.kill()
        await self._process.wait()
