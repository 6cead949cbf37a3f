"""A full disk does not cost the record: what is kept in reserve lets it close."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MIB = 1024 * 1024


def played(folder: Path, reserve: int) -> str:
    """Return what is said by a run on a filesystem of 12 MiB that is full."""
    script = (
        'mount -t tmpfs -o size=12m none "$1" && exec "$2" -m tests.integration.full_disk "$1" "$3"'
    )
    where = ["unshare", "-rm", "sh", "-c", script, "sh"]
    done = subprocess.run(
        [*where, str(folder), sys.executable, str(reserve)],
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
    assert played(tmp_path, 4 * MIB) == "kept 1\n"
    assert played(tmp_path, 0).startswith("lost: disk_full")
