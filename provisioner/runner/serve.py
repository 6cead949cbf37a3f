"""The life of a runner: lock, journal, signals and heartbeat around the road."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec
from pydantic import SecretStr

from provisioner.ballast import Ballast
from provisioner.cancellation import Cancellation
from provisioner.durations import remember
from provisioner.errors import AnswersRefused, CatalystError, HomeError, JournalError
from provisioner.events import Remarked, RunFinished, RunInterrupted, RunStarted
from provisioner.facts import Outcome
from provisioner.folding import load
from provisioner.handoff import write_handoff
from provisioner.home import Home, SovereignFolder
from provisioner.journal import Journal
from provisioner.kept_answers import keep_spec, spec_for
from provisioner.lock import Lock, acquire
from provisioner.process import Identity
from provisioner.redaction import Redactor, guard_process
from provisioner.remedies import explain
from provisioner.run import Run
from provisioner.runner.guards import guard_disk, warn_of_logout
from provisioner.runner.order import Begun, Order, Refused, Reply, Waiting
from provisioner.runner.recorder import Recorder
from provisioner.runner.road import Ending, walk
from provisioner.runner.signals import heard, hold_signals
from provisioner.settings import Settings, load_settings
from provisioner.spec import SovereignSpec

HEARTBEAT = 1.0
"""Real seconds between two beats."""


@dataclass(frozen=True)
class Owned:
    """A Sovereign that this process owns, and what it needs to run it."""

    order: Order
    folder: SovereignFolder
    lock: Lock
    journal: Journal
    spec: SovereignSpec
    refused: AnswersRefused | None
    """Why the spec is the one of the run before."""
    settings: Settings
    recorder: Recorder
    redactor: Redactor
    early: Sequence[int]
    """Signals that came before anybody listened."""

    @property
    def number(self) -> int:
        """The number of the run that this process makes."""
        return self.recorder.view.runs + 1


async def serve(order: Order) -> None:
    """Own the Sovereign, walk the road, and say in the journal how it ended."""
    redactor = Redactor(SecretStr(value) for value in order.secrets.values())
    guard_process(redactor)
    try:
        owned = await _own(order, redactor)
    except CatalystError as error:
        _reply(Refused(error.code, error.facts))
        return
    try:
        async with _living(owned.recorder, owned.folder):
            await _conduct(owned)
    except* JournalError as group:
        # Whoever asked listens until the run has begun: a disk may be full before that.
        _reply(_refused(group))
        raise
    owned.journal.close()
    await asyncio.to_thread(Ballast(owned.folder.ballast).free)
    owned.lock.release()


async def _own(order: Order, redactor: Redactor) -> Owned:
    """Take the lock and read what is known; raises CatalystError, and holds nothing then."""
    folder = SovereignFolder(Path(order.folder))
    clock = order.world.clock
    lock = await acquire(folder.lock, order.fqdn, clock.now(), lambda: _reply(Waiting()))
    # From here on others may know this process and ask it to end.
    early = hold_signals()
    try:
        spec, refused = await asyncio.to_thread(spec_for, folder, order.command)
        settings = await asyncio.to_thread(load_settings, Home.default())
        journal = await asyncio.to_thread(Journal, folder.journal, order.fqdn, clock)
        view = await asyncio.to_thread(load, folder.journal, order.fqdn)
    except CatalystError:
        lock.release()
        raise
    ballast = Ballast(folder.ballast)
    await asyncio.to_thread(ballast.lay)
    recorder = Recorder(journal, view, redactor.struct, ballast.free)
    if refused is None:
        with contextlib.suppress(HomeError):
            await asyncio.to_thread(keep_spec, folder, spec)
    return Owned(order, folder, lock, journal, spec, refused, settings, recorder, redactor, early)


async def _conduct(owned: Owned) -> None:
    clock, recorder, number = owned.order.world.clock, owned.recorder, owned.number
    after, began = recorder.view.seq, clock.monotonic()
    view = recorder.view
    earlier = view.run
    if earlier is not None and view.outcome is None and not view.interrupted:
        recorder.emit(RunInterrupted(run=earlier.run))
    recorder.emit(_run_started(owned.order, number, owned.spec.digest()))
    if owned.refused is not None:
        text = explain("answers_kept").brief
        recorder.emit(Remarked(source="answers", level="warning", text=text))
    cancellation = Cancellation()
    with heard(cancellation, recorder.emit, owned.early):
        await recorder.flush()
        # Only now, so that whoever asked finds the new run in the journal, not the end of the last.
        _reply(Begun(after=after, pid=os.getpid()))
        _detach_output()
        async with _guarded(owned, cancellation):
            ending = await _walk(owned, number, cancellation)
    if ending.outcome is Outcome.READY:
        await _hand_over(owned)
    recorder.emit(
        RunFinished(
            outcome=ending.outcome,
            remedy=ending.remedy,
            phase=ending.phase,
            seconds=round(clock.monotonic() - began, 1),
        )
    )
    await recorder.flush()


@contextlib.asynccontextmanager
async def _guarded(owned: Owned, cancellation: Cancellation) -> AsyncIterator[None]:
    """Look after disk and logout while the block runs."""
    emit = owned.recorder.emit
    guards = [
        asyncio.create_task(guard_disk(Ballast(owned.folder.ballast), cancellation, emit)),
        asyncio.create_task(warn_of_logout(owned.order.fqdn, emit)),
    ]
    try:
        yield
    finally:
        for each in guards:
            each.cancel()


async def _hand_over(owned: Owned) -> None:
    """Write the hand-off and remember the times; a disk that refuses takes nothing from ready."""
    await owned.recorder.flush()
    view = owned.recorder.view
    with contextlib.suppress(HomeError):
        await write_handoff(owned.folder, view)
    with contextlib.suppress(HomeError):
        await asyncio.to_thread(remember, owned.folder.durations, view)


async def _walk(owned: Owned, number: int, cancellation: Cancellation) -> Ending:
    order = owned.order
    run = Run(
        spec=owned.spec,
        folder=owned.folder,
        world=order.world,
        emit=owned.recorder.emit,
        secrets={name: SecretStr(value) for name, value in order.secrets.items()},
        tools={name: Path(path) for name, path in order.tools.items()},
        cancellation=cancellation,
        lock=owned.lock.descriptor,
        consent=order.consent,
        networks=order.networks,
        settings=owned.settings,
        number=number,
    )
    try:
        return await walk(run, order.command, owned.recorder.view)
    except Exception as error:  # the runner's edge: whatever happens, the journal gets an ending
        sys.stderr.write(owned.redactor.text(traceback.format_exc()))
        if isinstance(error, JournalError):
            raise
        return Ending.of(error, run.fqdn)


def _refused(group: BaseExceptionGroup[JournalError]) -> Refused:
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    assert isinstance(first, JournalError)  # noqa: S101  (nothing else is in the group)
    return Refused(first.code, first.facts)


def _run_started(order: Order, number: int, digest: str) -> RunStarted:
    identity = Identity.mine()
    return RunStarted(
        run=number,
        command=order.command,
        world=order.world.name,
        version=version("catalyst-tui"),
        spec_digest=digest,
        pid=identity.pid,
        process_start=identity.start,
        boot_id=identity.boot,
    )


def _reply(reply: Reply) -> None:
    """Tell whoever started this runner; that they may be gone is no failure."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, msgspec.json.encode(reply) + b"\n")


def _detach_output() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)


@contextlib.asynccontextmanager
async def _living(recorder: Recorder, folder: SovereignFolder) -> AsyncIterator[None]:
    """Record and beat while the block runs; a journal that fails ends the block."""
    async with asyncio.TaskGroup() as tasks:
        background = [tasks.create_task(recorder.run()), tasks.create_task(_beat(folder.heartbeat))]
        yield
        for task in background:
            task.cancel()


async def _beat(path: Path) -> None:
    while True:
        # A disk without room for it is the guard's to name.
        with contextlib.suppress(OSError):
            await asyncio.to_thread(path.touch, 0o600)
        await asyncio.sleep(HEARTBEAT)
