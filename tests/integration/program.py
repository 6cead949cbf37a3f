"""The program itself, as a script calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CATALYST = (sys.executable, "-m", "catalyst_tui.cli")
SECONDS = 300


def catalyst(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, on a home of its own."""
    return subprocess.run(
        [*CATALYST, *arguments],
        env=os.environ | {"CATALYST_HOME": str(home)} | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def told(home: Path, *arguments: str) -> tuple[list[dict[str, Any]], int]:
    """Return the JSON lines that a command prints, and its exit code."""
    done = catalyst(home, *arguments, "--json")
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode
