"""The real program in a real terminal, on real parts: from Home to the hand-off and back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.attach import runner_of
from provisioner.home import Home
from provisioner.rehearsal import close_world
from tests.integration.tmux import Tmux

FQDN = "oman.omani.works"
SPEED = "60"


@pytest.fixture
def home(tmp_path: Path, rehearsal_tools: dict[str, Path]) -> Iterator[Home]:
    """Return a home of its own, whose world is ended after the test."""
    assert rehearsal_tools, "the programs are made before the clock runs"
    home = Home(tmp_path / "state")
    yield home
    asyncio.run(close_world(home))


@pytest.fixture
def terminal(tmp_path: Path, home: Home) -> Iterator[Tmux]:
    """Return a terminal in which a rehearsal can be started."""
    environment = {"CATALYST_HOME": str(home.path), "LANG": "C.UTF-8"}
    program = [sys.executable, "-m", "catalyst_tui.cli", "rehearse", "--speed", SPEED]
    tmux = Tmux(tmp_path, program, environment)
    yield tmux
    tmux.close()


def test_the_whole_road_with_a_viewer_that_is_killed(terminal: Tmux, home: Home) -> None:
    """Enter leads to a plan; killed and started again, the viewer shows the run to its end."""
    terminal.start()
    terminal.until("Whose platform is it?", "REHEARSAL")
    terminal.keys("Enter")
    terminal.until("Under which name", f"https://console.{FQDN}")
    terminal.keys("Enter")
    terminal.until("What opens Hetzner", "may write")
    terminal.keys("Enter")
    terminal.until("Location", "Per month", "with 19 % VAT")
    terminal.keys("Enter")
    terminal.until("to create", "together", "applies exactly this plan", seconds=120)
    terminal.keys("a")
    terminal.until("a again applies")
    terminal.keys("a")
    terminal.until("Creating")
    folder = home.rehearsal.sovereign(FQDN)
    runner = runner_of(folder)
    assert runner is not None
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.start()
    terminal.until("Sovereigns and drafts", FQDN)
    same = runner_of(folder)
    assert same is not None, "the run must go on without its viewer"
    assert same.identity == runner.identity
    terminal.keys("Enter")
    terminal.until(f"{FQDN} is ready", "11 of 11 components healthy", seconds=240)
    terminal.keys("b")
    terminal.until("11 of 11 healthy")
    terminal.keys("Enter")
    terminal.until("Conditions", "log of cilium", "serves requests")
    terminal.keys("Escape")
    terminal.until("evidence")
    terminal.keys("D")
    terminal.until("type its name")
    terminal.keys(FQDN, "Enter")
    terminal.until("Nothing is left", "0 servers", seconds=120)
