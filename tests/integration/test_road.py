"""The main job, as an operator's script does it: commands, their output and their exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from provisioner.folding import load
from provisioner.home import Home
from provisioner.process import Identity
from tests.integration.program import CATALYST, catalyst, told

FQDN = "oman.omani.works"
SPEED = "60"
BAD = """\
organisation: {name: Oman, admin_email: nobody}
domain: {mode: pool, label: admin, pool: omani.works}
colour: red
sizing:
  location: fsn1
  control_plane: {type: cpx11, count: 1}
access: {operator_cidrs: [not-a-network]}
"""


def test_the_whole_road_and_back(home: Path) -> None:
    """Rehearse ends ready; others see the same; destroy asks, then leaves an empty project."""
    events, code = told(home, "rehearse", "--headless", "--speed", SPEED)
    assert code == 0
    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    assert all(each["fqdn"] == FQDN and each["at"] for each in events)
    phases = [each["phase"] for each in events if each["type"] == "phase_started"]
    beside = {"dns", "verify"}
    road = [phase for phase in phases if phase not in beside]
    assert road == ["preflight", "plan", "apply", "access", "bootstrap"]
    assert (events[-1]["type"], events[-1]["outcome"]) == ("run_finished", "ready")
    healthy = {
        each["component"]
        for each in events
        if each["type"] == "component_changed" and each["state"] == "healthy"
    }
    assert len(healthy) == 11

    first, _ = told(home, "status", FQDN)
    replayed, code = told(home, "attach", FQDN)
    assert code == 0
    assert [each["seq"] for each in replayed] == [each["seq"] for each in events]
    second, _ = told(home, "status", FQDN)
    assert first[0]["digest"] == second[0]["digest"]

    _is_handed_over(home, events)
    looked, code = told(home, "destroy", FQDN)
    assert code == 9
    assert looked[-1]["remedy"]["code"] == "destroy_unconfirmed"
    gone, code = told(home, "destroy", FQDN, "--confirm", FQDN)
    assert code == 0
    listed = [each for each in gone if each["type"] == "inventory_listed"]
    assert (listed[0]["when"], len(listed[0]["items"]) > 5) == ("before", True)
    assert (listed[-1]["when"], listed[-1]["items"]) == ("after", [])


def _is_handed_over(home: Path, events: list[dict[str, Any]]) -> None:
    """All is well from outside, the page says so, and the one secret of it stands in no file."""
    (seen,) = (each for each in events if each["type"] == "outside_checked")
    assert [each for each in seen["checks"] if not each["ok"]] == []
    shown = [each["saw"] for each in seen["checks"] if each["what"] == "tls"]
    assert len(shown) == 5
    assert all("signed by Pebble Intermediate CA" in each for each in shown)
    (page,), code = told(home, "handoff", FQDN)
    assert (code, page["whole"], page["fqdn"]) == (0, True, FQDN)
    (administrator,), code = told(home, "handoff", FQDN, "--administrator")
    assert (code, administrator["username"]) == (0, "admin")
    password = administrator["password"].encode()
    # The cluster's own disk holds it, as it does in life; nothing of ours may.
    ours = (path for path in home.rglob("*") if path.is_file() and "clusters" not in path.parts)
    assert [path for path in ours if password in path.read_bytes()] == []
    again, code = told(home, "dns", FQDN)
    assert code == 0
    assert [each["phase"] for each in again if each["type"] == "phase_started"] == ["dns", "verify"]
    assert again[-1]["outcome"] == "ready"


def test_a_killed_runner_is_taken_up_by_the_next_command(home: Path) -> None:
    """Kill -9 in the middle of apply: the viewer says so, the next rehearse ends ready."""
    env = os.environ | {"CATALYST_HOME": str(home)}
    command = [*CATALYST, "rehearse", "--headless", "--json", "--speed", SPEED]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as viewer:
        assert viewer.stdout is not None
        for line in viewer.stdout:
            event = json.loads(line)
            if event["type"] == "resource_started" and event["kind"] == "server":
                break
        assert _runner(home).send(signal.SIGKILL)
        viewer.stdout.read()
        assert viewer.wait(60) == 4
    events, code = told(home, "rehearse", "--headless")
    assert code == 0
    types = [each["type"] for each in events]
    assert "run_interrupted" in types
    made = [each["name"] for each in events if each["type"] == "resource_started"]
    assert not [name for name in made if name.endswith(("-cp1", "-net", "-lb"))]
    assert events[-1]["outcome"] == "ready"


def test_the_end_of_the_viewer_is_not_the_end_of_the_run(home: Path) -> None:
    """A closed terminal (SIGHUP) ends the viewer alone; cancel from elsewhere ends the run."""
    env = os.environ | {"CATALYST_HOME": str(home)}
    command = [*CATALYST, "rehearse", "--headless", "--json", "--speed", "6"]
    # Whoever starts these tests under nohup has it ignored, and so would the viewer.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as viewer:
        assert viewer.stdout is not None
        for line in viewer.stdout:
            if json.loads(line)["type"] == "apply_started":
                break
        viewer.send_signal(signal.SIGHUP)
        viewer.stdout.read()
        viewer.wait(30)
    runner = _runner(home)
    time.sleep(1)
    assert runner.alive
    locked = catalyst(home, "resume", FQDN)
    assert locked.returncode == 7
    assert str(runner.pid) in locked.stderr
    assert catalyst(home, "cancel", FQDN).returncode == 0
    assert _ends(runner, 60)
    status, _ = told(home, "status", FQDN)
    assert status[0]["state"] == "cancelled"


def test_bad_answers_are_refused_whole(home: Path, tmp_path: Path) -> None:
    """Every wrong answer is named with field, value, reason and remedy; nothing is created."""
    answers = tmp_path / "bad.yaml"
    answers.write_text(BAD)
    events, code = told(home, "rehearse", "--headless", "--answers", str(answers))
    assert code == 3
    (refused,) = events
    assert refused["type"] == "answers_refused"
    fields = {each["field"] for each in refused["findings"]}
    assert {
        "organisation.admin_email",
        "domain.label",
        "colour",
        "sizing.control_plane.type",
        "access.operator_cidrs[0]",
    } <= fields
    assert all(each["reason"] and each["remedy"] for each in refused["findings"])
    assert not (home / "rehearsal" / "sovereigns").exists()
    short = catalyst(home, "rehearse", "--headless", CATALYST_REHEARSAL_TOKEN="t" * 63)
    assert short.returncode == 3
    assert "63 characters" in short.stdout
    assert "Traceback" not in short.stdout + short.stderr


def _ends(process: Identity, seconds: float) -> bool:
    """Return whether a process ends in time."""
    deadline = time.monotonic() + seconds
    while process.alive and time.monotonic() < deadline:
        time.sleep(0.1)
    return not process.alive


def _runner(home: Path) -> Identity:
    folder = Home(home).rehearsal.sovereign(FQDN)
    run = load(folder.journal, FQDN).run
    assert run is not None
    return Identity(pid=run.pid, start=run.process_start, boot=run.boot_id)
