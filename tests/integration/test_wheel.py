"""The wheel alone does the main job: module, kit, pins and scenarios travel in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the ``catalyst`` of a new virtual environment that holds the wheel.

    There is no network here, so its dependencies are those of this environment, found by path;
    Catalyst itself is not among them: a path file does not follow the path files it leads to.
    """
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    _run(sys.executable, "-m", "venv", str(folder / "venv"))
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = str(folder / "venv" / "bin" / "pip")
    _run(pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    return folder / "venv" / "bin" / "catalyst"


def test_an_empty_environment_goes_the_whole_road(installed: Path, tmp_path: Path) -> None:
    """From the wheel, far from this tree, a rehearsal ends ready."""
    home = tmp_path / "home"
    done = subprocess.run(
        [str(installed), "rehearse", "--headless", "--json", "--speed", "60"],
        env=os.environ | {"CATALYST_HOME": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    shutil.rmtree(home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["outcome"] == "ready"


def test_the_wheel_is_what_runs(installed: Path) -> None:
    """No part of Catalyst comes from this tree."""
    code = (
        "import catalyst_tui, provisioner, screens;"
        "print(catalyst_tui.__file__, provisioner.__file__, screens.__file__)"
    )
    shown = _run(str(installed.with_name("python")), "-c", code)
    assert str(ROOT) + "/" not in shown.replace(str(installed.parents[1]), "")


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
