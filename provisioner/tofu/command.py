"""How OpenTofu is started, followed and interrupted.

Its output goes to append-only files: with a pipe, a killed runner would give OpenTofu a SIGPIPE and
cost it its state. It runs in a session of its own, so that a terminal's signals never reach it, and
inherits the Sovereign's lock, so that nobody else starts while it works.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec

from provisioner.ballast import is_nearly_full
from provisioner.errors import TofuError
from provisioner.tofu.failures import classify
from provisioner.tofu.stream import Message, follow
from provisioner.tofu.traffic import Traffic

PARALLELISM = 40
"""Operations at once; OpenTofu's default of 10 makes large pools wait for nothing."""
LOCK_TIMEOUT = "60s"
GRACE = 20.0
"""Real seconds in which an interrupted command may end by itself; `import` listens to nobody."""
UNSAID = "it gave no reason"


@dataclass
class Running:
    """An OpenTofu that works."""

    command: str
    """What it was started as: ``apply``, ``untaint-3``."""
    process: asyncio.subprocess.Process
    log: Path
    stream: Path

    async def messages(self) -> AsyncIterator[Message]:
        """Yield its typed messages until it has ended and all of them are read."""
        ended = asyncio.create_task(self.process.wait())
        async for message in follow(self.stream, ended):
            yield message

    def interrupt(self) -> None:
        """Ask it to finish what is in flight and save: the first SIGINT. A second one aborts."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)

    async def wait(self) -> int:
        """Return its exit code once it has ended."""
        return await self.process.wait()

    @contextlib.asynccontextmanager
    async def attended(self) -> AsyncIterator[None]:
        """Leave the block only once it has ended: whoever is cut short interrupts it first.

        Left to itself it would hold the state, and whatever comes next would be refused.
        """
        try:
            yield
        finally:
            if self.process.returncode is None:
                await self._end()

    async def _end(self) -> None:
        self.interrupt()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self.process.wait()
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()

    async def failure(self, errors: Sequence[tuple[str, dict[str, str]]] = ()) -> TofuError:
        """Return why it failed: the first of its typed ``errors``, else what its log complains of.

        ``errors`` are (remedy code, facts), as the translator collected them. Where it could say
        nothing, a signal or a full disk has kept it from that.
        """
        log = self.log.name
        if errors:
            code, facts = errors[0]
            return TofuError(code, **{"log": log} | facts)
        reason = first_error(await asyncio.to_thread(self.log.read_bytes))
        code, facts = classify(reason)
        if code != "tofu_error":
            return TofuError(code, **{"log": log} | facts)
        ended = self.process.returncode
        if ended is not None and ended < 0:
            return TofuError("tofu_killed", command=self.command, signal=-ended, log=log)
        if reason == UNSAID and await asyncio.to_thread(is_nearly_full, self.log.parent):
            return TofuError("disk_full", path=self.log.parent, log=log)
        facts = {"command": self.command, "exit": str(self.process.returncode), "reason": reason}
        return TofuError("tofu_failed", log=log, **facts)


@dataclass(frozen=True)
class Tofu:
    """One OpenTofu working directory and all that its commands need."""

    program: Path
    directory: Path
    logs: Path
    env: Mapping[str, str] = field(repr=False)
    lock: int | None = None
    """Descriptor of the Sovereign's lock, inherited by commands that write."""
    tag: str = "0"
    """Put before the names of log files: the number of the run."""

    async def start(
        self, name: str, *arguments: str, typed: bool = True, traffic: Traffic | None = None
    ) -> Running:
        """Start a command whose output goes to ``<logs>/<tag>-<name>.log``.

        Where the run started it before, the file is numbered: ``<tag>-<name>-2.log``. ``typed``
        asks for typed messages too, in a ``.jsonl`` beside it; init has none. ``traffic`` is told
        what its provider says and hears.
        """
        log, descriptor = self._new_log(name)
        stream = log.with_suffix(".jsonl")
        into = (f"-json-into={stream}",) if typed else ()
        if typed:
            stream.touch(mode=0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                self.program,
                arguments[0],
                "-no-color",
                *into,
                *arguments[1:],
                cwd=self.directory,
                env={**self.env, **(traffic.env if traffic else {})},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                pass_fds=self._inherited(traffic),
                start_new_session=True,
            )
        except OSError as error:
            raise TofuError("tofu_cannot_start", path=self.program, reason=error) from error
        finally:
            os.close(descriptor)
        return Running(name, process, log, stream)

    def _inherited(self, traffic: Traffic | None) -> list[int]:
        descriptors = (self.lock, traffic.descriptor if traffic else None)
        return [each for each in descriptors if each is not None]

    def _new_log(self, name: str) -> tuple[Path, int]:
        """Create the log of the next attempt; return its path and its descriptor.

        Each attempt has files of its own: OpenTofu begins its typed messages anew, so whoever
        follows one file would read those of the attempt before and miss the new ones.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        for attempt in count(1):
            number = "" if attempt == 1 else f"-{attempt}"
            log = self.logs / f"{self.tag}-{name}{number}.log"
            with contextlib.suppress(FileExistsError):
                return log, os.open(log, flags, 0o600)
        raise AssertionError("there is always another number")

    async def run(self, name: str, *arguments: str) -> None:
        """Run a command without typed messages to its end; raises TofuError.

        Whoever is cancelled meanwhile interrupts it, and waits until it has ended.
        """
        running = await self.start(name, *arguments, typed=False)
        async with running.attended():
            code = await running.wait()
        if code:
            raise await running.failure()

    async def read(self, *arguments: str) -> bytes:
        """Run a command that only reads and return what it prints; raises TofuError.

        Plans and states hold secrets in clear once shown, so this output never touches disk.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                self.program,
                *arguments,
                cwd=self.directory,
                env=dict(self.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise TofuError("tofu_cannot_start", path=self.program, reason=error) from error
        printed, complaint = await process.communicate()
        ended = process.returncode
        if ended is not None and ended < 0:
            raise TofuError("tofu_read_killed", command=arguments[0], signal=-ended)
        if ended:
            code, _ = classify(complaint.decode("utf-8", "replace"))
            if code != "tofu_wrong_passphrase":
                code = "tofu_unreadable"
            raise TofuError(code, command=arguments[0], reason=first_error(complaint))
        return printed

    async def show(self, plan: Path | None = None) -> dict[str, object]:
        """Return the state, or a saved plan, as ``tofu show -json`` gives it."""
        printed = await self.read("show", "-json", *([str(plan)] if plan else []))
        shown: dict[str, object] = msgspec.json.decode(printed)
        return shown


def first_error(output: bytes) -> str:
    """Return the first complaint in what OpenTofu printed for people."""
    lines = (line.strip("│╷╵ ") for line in output.decode("utf-8", "replace").splitlines())
    return next((line for line in lines if line.startswith("Error")), UNSAID)
