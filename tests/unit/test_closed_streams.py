"""Scripts close, fill up and stop reading our streams; no command ends by that."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Shell = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return what runs a line of shell in which ``$catalyst`` is ours, on a home of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "CATALYST_HOME": str(tmp_path / "home"),
        "catalyst": f"{sys.executable} -m catalyst_tui.cli",
    }

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            line, shell=True, env=environment, capture_output=True, text=True, timeout=120
        )

    return run


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$catalyst status >&-", 0),
        ("$catalyst status 2>&-", 0),
        ("$catalyst schema >&-", 0),
        ("$catalyst schema >&- 2>&- <&-", 0),
        ("$catalyst schema >/dev/full", 0),
        ("$catalyst status 2>/dev/full", 0),
        ("$catalyst status nope 2>&-", 2),
        ("$catalyst status nope 2>/dev/full", 2),
        ("$catalyst new --plain <&-", 8),
        ("$catalyst new --plain <&- >/dev/full", 8),
    ],
)
def test_a_stream_that_is_closed_or_full_changes_no_exit_code(
    shell: Shell, line: str, code: int
) -> None:
    """Nor is there a word of a failure that we do not know."""
    done = shell(line)
    assert (done.returncode, "defect" in done.stderr) == (code, False), done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_said(shell: Shell) -> None:
    """Else a script would take half an output for all of it."""
    assert "No space left on device" in shell("$catalyst schema >/dev/full").stderr


def test_a_reader_that_leaves_is_nothing_to_speak_of(shell: Shell) -> None:
    """As of any other program: ``catalyst … | head`` ends in silence."""
    assert shell("{ $catalyst schema; $catalyst doctor; } | true").stderr == ""


def test_no_file_of_ours_takes_the_number_of_a_closed_stream(shell: Shell) -> None:
    """A child that writes to standard output would else write into it."""
    script = "from catalyst_tui.headless.streams import open_streams; open_streams(); import os; "
    script += "print(min(os.open('/dev/null', 0) for _ in range(9)), file=open('seen', 'w'))"
    shell(f'cd $HOME; {sys.executable} -c "{script}" <&- >&- 2>&-; cat seen')
    assert int(shell("cat $HOME/seen").stdout) > 2
