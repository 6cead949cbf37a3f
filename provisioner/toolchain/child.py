"""Runs a helper program (a compiler, a version question) and never leaves it behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

TAIL = 12
"""Lines of the error stream that are kept for a report."""
_CHUNK = 65536


class Ended(msgspec.Struct, frozen=True):
    """How a program ended."""

    code: int
    out: str
    tail: tuple[str, ...]
    """The last lines of its error stream."""

    @property
    def last(self) -> str:
        """The last line that it said, for one sentence."""
        lines = self.tail or tuple(self.out.splitlines())
        return next((line for line in reversed(lines) if line.strip()), f"exit code {self.code}")


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    hear: Callable[[str], None] = lambda _line: None,
    keep_open: Sequence[int] = (),
) -> Ended:
    """Run a program in a process group of its own and return how it ended.

    ``hear`` gets each line of the error stream; ``keep_open`` are descriptors that it inherits.
    When the caller is cancelled, the whole group is killed and waited for. Raises OSError when the
    program cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=cwd,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        pass_fds=tuple(keep_open),
    )
    tail: deque[str] = deque(maxlen=TAIL)

    def keep(line: str) -> None:
        tail.append(line)
        hear(line)

    out: list[str] = []
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_lines(process.stdout, out.append))
            group.create_task(_lines(process.stderr, keep))
        code = await process.wait()
    except BaseException:
        await _kill(process)
        raise
    return Ended(code, "\n".join(out), tuple(tail))


async def _lines(stream: asyncio.StreamReader | None, take: Callable[[str], None]) -> None:
    """Give each line to ``take``, however long it is."""
    assert stream is not None, "both streams are pipes"  # noqa: S101
    rest = ""
    while chunk := await stream.read(_CHUNK):
        *whole, rest = (rest + chunk.decode(errors="replace")).split("\n")
        for line in whole:
            take(line)
    if rest:
        take(rest)


async def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
