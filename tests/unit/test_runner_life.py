"""Whatever order runners come, end, are asked to end and die in, the journal tells it rightly."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from catalyst_tui.commands.answering import formed, read_answers
from provisioner import events as e
from provisioner.answers import save_spec
from provisioner.ballast import Ballast
from provisioner.errors import CatalystError, Incomplete, Locked, TofuError
from provisioner.facts import Outcome
from provisioner.folding import fold, load
from provisioner.home import Home
from provisioner.journal import JournalReader
from provisioner.lock import acquire, is_free
from provisioner.redaction import Redactor
from provisioner.run import Run
from provisioner.runner import guards, road, serve
from provisioner.runner.order import Order, Refused, Reply
from provisioner.runner.signals import ENDING
from provisioner.view import View
from provisioner.world import REAL

Road = Callable[[Run, View], Coroutine[None, None, Outcome]]
ENDS: dict[str, tuple[BaseException | None, Outcome]] = {
    "well": (None, Outcome.PLANNED),
    "failed": (TofuError("tofu_failed"), Outcome.FAILED),
    "incomplete": (Incomplete("bootstrap_incomplete"), Outcome.INCOMPLETE),
    "a defect": (RuntimeError("nobody thought of this"), Outcome.FAILED),
}


class Killed(BaseException):
    """The process is gone at this very moment."""


@dataclass
class Told:
    """What must stand in the journal of one run."""

    outcome: Outcome | None
    remarks: int


class RunnerLife(RuleBasedStateMachine):
    """One Sovereign and the runners that own it, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.home = Home(Path(self.place.name) / "home").create()
        spec, _ = formed(self.home, read_answers(None))
        assert spec is not None
        self.folder = self.home.sovereign(spec.fqdn).create()
        save_spec(self.folder.spec, spec)
        self.runs: list[Told] = []
        self.left: list[serve.Owned] = []
        self.early: signal.Signals | None = None
        self.secrets: dict[str, str] = {}

    @rule(end=st.sampled_from(sorted(ENDS)), remarks=st.integers(0, 30))
    def walks_to_an_end(self, end: str, remarks: int) -> None:
        """Let a run say some things and end by itself, well or not."""
        error, outcome = ENDS[end]

        async def walk(run: Run, _view: View) -> Outcome:
            _say(run, remarks)
            if error is not None:
                raise error
            return outcome

        assert self.lives(walk) == []
        self.runs.append(Told(outcome, remarks))

    @rule(number=st.sampled_from([signal.SIGINT, signal.SIGTERM]), remarks=st.integers(0, 5))
    def is_asked_to_end(self, number: signal.Signals, remarks: int) -> None:
        """Send a first SIGINT, or SIGTERM as at logout: it ends in order."""

        async def walk(run: Run, _view: View) -> Outcome:
            _say(run, remarks)
            os.kill(os.getpid(), number)
            await asyncio.sleep(60)
            return Outcome.PLANNED

        assert self.lives(walk) == []
        self.runs.append(Told(Outcome.CANCELLED, remarks))

    @rule(number=st.sampled_from([signal.SIGINT, signal.SIGTERM]))
    def is_asked_before_it_listens(self, number: signal.Signals) -> None:
        """Signal it as soon as it is known to others: it is heard, and nothing is begun."""

        async def walk(run: Run, _view: View) -> Outcome:
            _say(run, 1)
            return Outcome.PLANNED

        self.early = number
        assert self.lives(walk) == []
        self.early = None
        self.runs.append(Told(Outcome.CANCELLED, 0))

    @rule(remarks=st.integers(0, 5))
    def finds_the_disk_full(self, remarks: int) -> None:
        """Fill the disk: the reserve is given up and the run ends in order."""

        async def walk(run: Run, _view: View) -> Outcome:
            _say(run, remarks)
            with patch.object(Ballast, "is_needed", lambda _: True):
                await asyncio.sleep(60)
            return Outcome.PLANNED

        assert self.lives(walk) == []
        # One remark more says why.
        self.runs.append(Told(Outcome.CANCELLED, remarks + 1))

    @rule(remarks=st.integers(0, 5))
    def gives_up_its_reserve(self, remarks: int) -> None:
        """Have the journal take the reserve: room is there again, and the run ends all the same."""

        async def walk(run: Run, _view: View) -> Outcome:
            _say(run, remarks)
            assert Ballast(self.folder.ballast).free()
            await asyncio.sleep(60)
            return Outcome.PLANNED

        assert self.lives(walk) == []
        self.runs.append(Told(Outcome.CANCELLED, remarks + 1))

    @rule(remarks=st.integers(0, 5))
    def dies(self, remarks: int) -> None:
        """Kill it after what it said is on disk."""

        async def walk(run: Run, _view: View) -> Outcome:
            _say(run, remarks)
            await self.left[-1].recorder.flush()
            raise Killed

        assert self.lives(walk) == []
        self.runs.append(Told(None, remarks))

    @rule()
    def another_comes(self) -> None:
        """Start a second one while one lives: it is refused, and leaves no trace."""
        refused: list[Reply] = []

        async def walk(_run: Run, _view: View) -> Outcome:
            with pytest.raises(Locked):
                await acquire(self.folder.lock, self.folder.fqdn, REAL.clock.now())
            with patch.object(serve, "_reply", refused.append):
                await serve.serve(self.order())
            return Outcome.PLANNED

        assert self.lives(walk) == []
        assert [each.code for each in refused if isinstance(each, Refused)] == ["locked"]
        self.runs.append(Told(Outcome.PLANNED, 0))

    @precondition(lambda self: self.runs)
    @invariant()
    def the_journal_tells_it_all(self) -> None:
        """Every run stands there once, with its end if it had one, and every word it said."""
        fqdn = self.folder.fqdn
        with JournalReader(self.folder.journal, fqdn) as reader:
            found = list(reader.read_all())
        assert [each.seq for each in found] == list(range(1, len(found) + 1))
        told: list[Told] = []
        interrupted = []
        for each in found:
            match each.event:
                case e.RunStarted(run=number):
                    told.append(Told(None, 0))
                    assert number == len(told)
                case e.RunInterrupted(run=number):
                    interrupted.append(number)
                case e.RunFinished(outcome=outcome, remedy=remedy):
                    assert told[-1].outcome is None
                    assert remedy is not None or outcome is Outcome.PLANNED
                    told[-1].outcome = outcome
                case e.Remarked():
                    assert told[-1].outcome is None, "a word after the end"
                    told[-1].remarks += 1
        assert told == self.runs
        died = [number for number, run in enumerate(self.runs, 1) if run.outcome is None]
        assert interrupted == [number for number in died if number < len(self.runs)]
        view = load(self.folder.journal, fqdn)
        assert view.outcome == self.runs[-1].outcome
        assert view.digest() == fold(View(fqdn=fqdn), found).digest()
        assert is_free(self.folder.lock)
        if self.runs[-1].outcome is not None:
            assert not self.folder.ballast.exists()

    def lives(self, walk: Road) -> list[Reply]:
        """Let one runner live in this process; return its refusals."""
        replies: list[Reply] = []
        own = serve._own

        async def owned(order: Order, redactor: Redactor) -> serve.Owned:
            self.left.append(await own(order, redactor))
            if self.early is not None:
                os.kill(os.getpid(), self.early)
            return self.left[-1]

        with (
            patch.dict(os.environ, {"CATALYST_HOME": str(self.home.path)}),
            patch.dict(road._ROADS, {"plan": walk}),
            patch.object(serve, "_own", owned),
            patch.object(serve, "_reply", replies.append),
            patch.object(serve, "_detach_output", lambda: None),
            patch.object(serve, "guard_process", lambda _: None),
            patch.object(guards, "PERIOD", 0.01),
        ):
            listened = {number: signal.getsignal(number) for number in ENDING}
            try:
                asyncio.run(serve.serve(self.order()))
            except* Killed:
                # The end of a process closes what it had open.
                self.left[-1].journal.close()
                self.left[-1].lock.release()
            finally:
                for number, handler in listened.items():
                    signal.signal(number, handler)
        return [each for each in replies if isinstance(each, Refused)]

    def order(self) -> Order:
        """Return what a runner is told."""
        return Order(
            fqdn=self.folder.fqdn,
            folder=str(self.folder.path),
            command="plan",
            world=REAL,
            secrets=self.secrets,
        )

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.place.cleanup()


def _say(run: Run, remarks: int) -> None:
    for number in range(remarks):
        run.emit(e.Remarked(source="test", text=str(number)))


def test_an_unknown_error_is_an_ending_too() -> None:
    """Every error a road can raise has an outcome, and none is without a remedy."""
    for error, outcome in ENDS.values():
        if error is not None:
            ending = road.Ending.of(error)
            assert ending.outcome is outcome
            assert ending.remedy is not None
    assert road.Ending.of(CatalystError("cancelled")).outcome is Outcome.FAILED


def test_a_defect_that_names_a_secret_is_told_without_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the traceback nor the journal repeats what the runner was entrusted with."""
    token = "sentinel" + "T" * 56
    life = RunnerLife()

    async def walk(run: Run, _view: View) -> Outcome:
        run.emit(e.Remarked(source="test", text=f"about to use {token}"))
        raise RuntimeError(f"refused: Bearer {token}")

    try:
        life.secrets = {"hcloud_token": token}
        assert life.lives(walk) == []
        said = capsys.readouterr().err
        assert "RuntimeError: refused: Bearer [redacted]" in said
        assert token not in said
        for path in life.folder.path.rglob("*"):
            assert not path.is_file() or token.encode() not in path.read_bytes(), path
        view = load(life.folder.journal, life.folder.fqdn)
        assert view.remedy is not None
        assert view.remedy.code == "unexpected"
        assert "does not know: RuntimeError." in view.remedy.what
    finally:
        life.teardown()


TestRunnerLife = RunnerLife.TestCase
TestRunnerLife.settings = settings(max_examples=12, stateful_step_count=12)
