"""A command that only looks starts fast: what is heavy is imported where it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "asyncssh",
    "cryptography",
    "dns",
    "httpx2",
    "keyring",
    "pydantic",
    "ruamel",
    "starlette",
    "textual",
    "uvicorn",
)
PROGRAM = """
import sys
from catalyst_tui.cli import main
try:
    code = main(sys.argv[2:])
except SystemExit as ended:
    code = ended.code
heavy = [name for name in sys.argv[1].split(",") if name in sys.modules]
sys.exit(f"exit {code}, imported {heavy}" if code or heavy else 0)
"""


@pytest.mark.parametrize("command", ["--help", "--version", "status", "status --json"])
def test_looking_imports_nothing_heavy(command: str, tmp_path: Path) -> None:
    """Help and status never wait for what only runs, screens and checks need."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(HEAVY), *command.split()],
        env=os.environ | {"CATALYST_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_who_comes_without_a_terminal_is_told_how_to_begin(tmp_path: Path) -> None:
    """No command, no terminal, nothing begun: the two ways to begin are named."""
    done = subprocess.run(
        [sys.executable, "-m", "catalyst_tui.cli"],
        env=os.environ | {"CATALYST_HOME": str(tmp_path), "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "catalyst new --plain" in done.stderr
    assert "catalyst rehearse --headless" in done.stderr
