"""The real program on a real pseudo-terminal: it leaves in order, and never spins."""

from __future__ import annotations

import fcntl
import os
import pty
import resource
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAM = (
    "import sys; from catalyst_tui.app import run_app; from provisioner.home import Home; "
    "sys.exit(run_app(Home.default(), rehearsal=None))"
)
ALT_SCREEN_LEFT = b"\x1b[?1049l"
STARTED = "New Sovereign"


class Terminal:
    """One program on a pseudo-terminal."""

    def __init__(self, home: Path, program: str = PROGRAM, **more: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "CATALYST_HOME": str(home / "state"),
            "CATALYST_CACHE": str(home / "cache"),
            "HOME": str(home),
            **more,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def read_until(self, text: bytes, seconds: float = 20) -> None:
        """Read what is drawn until ``text`` is among it."""
        until = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < until:
            self.read(0.2)
        assert text in self.seen

    def read(self, seconds: float) -> None:
        """Read what comes within some time."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.master, 65536)
            except OSError:
                # The other side is closed, and Linux says so with EIO.
                return

    def wait(self, seconds: float = 10) -> int:
        """Return the exit code, reading meanwhile so that nothing blocks on us."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.read(0.05)
        assert self.process.poll() is not None, "it is still alive"
        for _ in range(20):
            self.read(0.01)
        return self.process.returncode


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Start the program and wait for its first frame."""
    started = Terminal(tmp_path)
    try:
        started.read_until(STARTED.encode())
        yield started
    finally:
        started.process.kill()
        started.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_restore_the_terminal(terminal: Terminal, number: signal.Signals) -> None:
    """SIGTERM and SIGHUP end the program in order: the alternate screen is left."""
    terminal.process.send_signal(number)
    assert terminal.wait() == 128 + number
    assert ALT_SCREEN_LEFT in terminal.seen


def test_a_closed_terminal_leaves_no_spinning_process(terminal: Terminal) -> None:
    """When the terminal goes away the program ends within seconds, using next to no time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    os.close(terminal.master)
    terminal.process.wait(10)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert spent < 5, "the child spent that on its start and its end alone"


def test_ctrl_c_leaves(terminal: Terminal) -> None:
    """Ctrl-C is no accident that needs a second thought: leaving only detaches."""
    os.write(terminal.master, b"\x03")
    assert terminal.wait() == 0
    assert ALT_SCREEN_LEFT in terminal.seen
