"""A whole rehearsal with the kit from a repository, on real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioner.home import Home
from provisioner.rehearsal.hosting.repository import FOLDER, URL

FQDN = "oman.omani.works"
CATALYST = (sys.executable, "-m", "catalyst_tui.cli")
ANSWERS = """\
organisation: {{name: Oman, admin_email: ops@omani.works}}
domain: {{mode: pool, label: oman, pool: omani.works}}
sizing: {{location: hel1, control_plane: {{type: cx53, count: 1}}}}
access: {{operator_cidrs: [203.0.113.7/32]}}
source: {{mode: git, url: "{url}", commit: "{commit}", path: "{path}"}}
"""


@pytest.fixture
def home(tmp_path: Path, tools: dict[str, Path]) -> Iterator[Path]:
    """Yield a home; its rehearsed world ends when it goes."""
    assert tools
    path = tmp_path / "home"
    yield path
    shutil.rmtree(path, ignore_errors=True)


def events(home: Path, *arguments: str) -> tuple[list[dict[str, Any]], int]:
    """Return the JSON lines that a command prints, and its exit code."""
    env = os.environ | {"CATALYST_HOME": str(home)}
    done = subprocess.run(
        [*CATALYST, *arguments, "--json"],
        env=env, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def test_a_rehearsal_from_a_repository_ends_ready(home: Path, tmp_path: Path) -> None:
    """A wrong commit stops it before anything is rented; the right one is installed by Flux."""
    answers = tmp_path / "sovereign.yaml"
    answers.write_text(ANSWERS.format(url=URL, commit="0" * 40, path=FOLDER))
    road = ("rehearse", "--headless", "--speed", "120")
    told, code = events(home, *road, "--answers", str(answers))
    assert code == 3
    found = {each["finding"]["code"] for each in told if each["type"] == "finding_reported"}
    assert "git_commit_missing" in found
    assert not [each for each in told if each["type"] == "plan_saved"]

    told, code = events(home, *road, "--source", "git")
    assert (code, told[-1]["outcome"]) == (0, "ready")
    ready = {(each["kind"], each["name"]) for each in told
             if each["type"] == "source_changed" and each["ready"]}  # fmt: skip
    assert {("GitRepository", "catalyst"), ("Kustomization", "catalyst")} <= ready
    healthy = {each["component"] for each in told
               if each["type"] == "component_changed" and each["state"] == "healthy"}  # fmt: skip
    assert len(healthy) == 11
    journal = Home(home).rehearsal.sovereign(FQDN).journal.read_bytes()
    assert b"catalyst:" not in journal
