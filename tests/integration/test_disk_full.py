"""A full disk costs neither the record nor the state: what is kept in reserve lets both close."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MIB = 1024 * 1024


def played(module: str, mebibytes: int, folder: Path, *more: str) -> str:
    """Return what a module of these tests says on a filesystem of so many MiB."""
    script = (
        f'mount -t tmpfs -o size={mebibytes}m none "$1" && where="$1" && shift && '
        'program="$1" && shift && module="$1" && shift && '
        'exec "$program" -m "tests.integration.$module" "$where" "$@"'
    )
    where = ["unshare", "-rm", "sh", "-c", script, "sh"]
    done = subprocess.run(
        [*where, str(folder), sys.executable, module, *more],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_reserve_is_given_up_so_that_the_journal_can_be_written(tmp_path: Path) -> None:
    """With a reserve the event is on disk; without one the loss is said, and the rest readable."""
    assert played("full_disk", 12, tmp_path, str(4 * MIB)) == "kept 1\n"
    assert played("full_disk", 12, tmp_path, "0").startswith("lost: disk_full")


def test_a_run_whose_disk_fills_up_ends_in_order_and_goes_on_later(
    tmp_path: Path, tools: dict[str, Path]
) -> None:
    """State and journal close in the reserve; with room again nothing is lost or made twice."""
    assert tools, "the programs are made before"
    said = played("full_disk_run", 48, tmp_path).splitlines()
    assert said == [
        "ended in order True",
        "reserve given up True",
        "goes on True",
        "kept what was made True",
        "servers 1",
        "then destroyed 0",
    ]


def test_a_disk_that_is_full_before_a_run_begins_is_named(
    tmp_path: Path, tools: dict[str, Path]
) -> None:
    """Not a word of the runner would fit on it, so that whoever started it is told."""
    assert tools, "the programs are made before"
    assert played("full_disk_begin", 48, tmp_path).splitlines() == ["disk_full", "then planned"]
