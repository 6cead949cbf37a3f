"""The scripts behind the entry points."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolbench import write_program

ROOT = Path(__file__).parents[2]
SHELL = [*sorted((ROOT / "scripts").glob("*.sh")), ROOT / ".ci" / "run"]


def run(*argv: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command and return how it ended."""
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SHELL, ids=lambda path: path.name)
def test_the_shell_scripts_are_sound(script: Path) -> None:
    """Shellcheck has nothing to say, and each script can be started."""
    checked = run("shellcheck", str(script))
    assert checked.returncode == 0, checked.stdout
    assert script.stat().st_mode & 0o100


def test_offline_there_is_only_lo_and_it_is_up() -> None:
    """A command that runs offline sees one interface and can reach itself, nothing else."""
    code = (
        "import socket;"
        "print(*[name for _, name in socket.if_nameindex()]);"
        "s = socket.create_server(('127.0.0.1', 0));"
        "socket.create_connection(s.getsockname()).close();"
        "o = socket.socket(); o.settimeout(5);"
        "print(o.connect_ex(('192.0.2.1', 80)))"
    )
    done = run("scripts/offline.sh", sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    interfaces, refused = done.stdout.splitlines()
    assert interfaces == "lo"
    assert refused == "101", "expected: network is unreachable"


def test_a_command_keeps_its_exit_code_offline() -> None:
    """A failing test run fails the target."""
    assert run("scripts/offline.sh", "sh", "-c", "exit 7").returncode == 7


def test_setup_does_nothing_when_nothing_changed(tmp_path: Path) -> None:
    """The stamp has the digest of lock and project file: a change of either installs again."""
    for name in ("scripts/setup.sh", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
        (tmp_path / name).chmod(0o755)
    told = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        told.update((tmp_path / name).read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "ready").write_text(f"{told.hexdigest()}\n")
    assert run("scripts/setup.sh", cwd=tmp_path).stdout == ""
    write_program(tmp_path / ".venv" / "bin" / "python", '#!/bin/sh\necho "$*"\n')
    (tmp_path / "requirements.lock").write_text("")
    done = run("scripts/setup.sh", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--require-hashes -r requirements.lock" in done.stdout
    assert "--no-deps --no-build-isolation -e ." in done.stdout
    assert run("scripts/setup.sh", cwd=tmp_path).stdout == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\n" * 401, "401 lines"),
        ("def long() -> None:\n" + "    x = 1\n" * 41, "long has 42 lines"),
    ],
    ids=["file", "function"],
)
def test_what_is_too_long_is_named(text: str, told: str, tmp_path: Path) -> None:
    """A long file or function fails the check with its place."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "check_sizes.py").write_bytes(
        (ROOT / "scripts" / "check_sizes.py").read_bytes()
    )
    (tmp_path / "big.py").write_text(text)
    run("git", "init", "-q", cwd=tmp_path)
    done = run(sys.executable, "scripts/check_sizes.py", cwd=tmp_path)
    assert done.returncode == 1
    assert f"big.py:1: {told}" in done.stdout
