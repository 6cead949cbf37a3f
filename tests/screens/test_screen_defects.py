"""A defect of the full screen is written down like any other, and the terminal is told in words."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from catalyst_tui.exits import Exit
from provisioner.home import Home
from tests.screens.test_signals import ALT_SCREEN_LEFT, STARTED, Terminal

SENTINEL = "SENTINEL-of-the-environment"
PROGRAM = """
import sys
from catalyst_tui import cli
from screens.home import HomeScreen
from screens.widgets.work import begin_work

async def work():
    raise ZeroDivisionError("{sentinel}")

def broken(self):
    local = "{sentinel}"
    {body}

HomeScreen.action_new = broken
sys.exit(cli.main([]))
"""
HANDLER = "raise ZeroDivisionError(local)"
WORKER = 'begin_work(self, work, "defect", "meet a defect")'


@pytest.mark.parametrize("body", [HANDLER, WORKER])
def test_it_stands_in_the_log_and_not_on_the_terminal(tmp_path: Path, body: str) -> None:
    """Also from a worker: the screen is left, then what happened, where it stands, what to do."""
    program = PROGRAM.format(body=body, sentinel=SENTINEL)
    terminal = Terminal(tmp_path, program, CATALYST_VAULT_PASSWORD=SENTINEL)
    try:
        terminal.read_until(STARTED.encode())
        os.write(terminal.master, b"n")
        assert terminal.wait(20) == Exit.DEFECT
    finally:
        terminal.process.kill()
        terminal.process.wait()
    said = terminal.seen.rpartition(ALT_SCREEN_LEFT)[2].decode()
    log = Home(tmp_path / "state").defects
    assert "does not know: ZeroDivisionError." in said
    assert str(log) in said
    assert "`catalyst attach`" in said
    assert "Traceback" not in said
    written = log.read_text()
    assert written.count("Traceback (most recent call last)") == 1
    assert "ZeroDivisionError" in written
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert SENTINEL not in written + said
