"""What a machine is told, what is on its disk, and what its first boot says of itself."""

from __future__ import annotations

import base64
import gzip
import json
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.cluster.node import NodeStage
from provisioner.rehearsal.clock import WorldClock
from provisioner.rehearsal.node.boot import STAGES
from provisioner.rehearsal.node.disk import Disk
from provisioner.rehearsal.node.stages import STAGE, StageFile
from provisioner.rehearsal.node.userdata import UserData, parse

MODULE = Path(__file__).parents[3] / "modules" / "hetzner"
CLOUD_CONFIG = """#cloud-config
hostname: cp1
ssh_keys: {ed25519_private: PRIVATE}
write_files:
  - {path: /etc/catalyst/node.env, permissions: "0600", content: "ROLE='worker'\\nPEERS='a b'\\n"}
  - {path: /etc/rancher/k3s/config.yaml, content: "node-label: [a=b]\\n"}
  - {path: /packed, encoding: gz+b64, content: PACKED}
"""


def test_a_cloud_config_is_read_as_cloud_init_would() -> None:
    """Host key, files with their modes, the boot's variables and k3s's configuration are found."""
    packed = base64.b64encode(gzip.compress(b"inside")).decode()
    told = parse(CLOUD_CONFIG.replace("PACKED", packed))
    assert told.host_key == "PRIVATE"
    assert told.environment == {"ROLE": "worker", "PEERS": "a b"}
    assert told.k3s == {"node-label": ["a=b"]}
    assert {f.path: f.mode for f in told.files}["/etc/catalyst/node.env"] == 0o600
    assert told.files[2].content == b"inside"


@pytest.mark.parametrize("text", ["", "#!/bin/sh\ntrue\n", "#cloud-config\n[broken"])
def test_user_data_that_is_no_cloud_config_says_nothing(text: str) -> None:
    """A script, nothing at all, or broken YAML leaves a machine with its defaults."""
    assert parse(text) == UserData()


@given(st.lists(st.sampled_from(["..", ".", "etc", "a", "", "b.c"]), max_size=8))
def test_no_path_leads_out_of_the_disk(parts: list[str]) -> None:
    """Whatever a path says, it stays below the machine's root."""
    root = Path("/rehearsed/root")
    found = Disk(root).real("/" + "/".join(parts))
    assert found.is_relative_to(root)
    assert ".." not in found.parts


def test_files_are_the_operators_alone(tmp_path: Path) -> None:
    """No file of a machine can be read by others, whatever mode the machine gives it."""
    disk = Disk(tmp_path / "root")
    disk.write("/usr/bin/x", b"x", 0o755)
    assert stat.S_IMODE(disk.real("/usr/bin/x").stat().st_mode) == 0o700
    assert disk.read("/usr/bin/../bin/x") == b"x"


def test_the_stage_file_is_what_access_reads(tmp_path: Path) -> None:
    """Each stage is told with its number; the last one done, or one that failed, ends the boot."""
    disk = Disk(tmp_path)
    stages = StageFile(disk, WorldClock(1.0, time.time()), ("network", "k3s", "ready"))
    stages.enter("k3s")
    running = json.loads(disk.read(STAGE))
    assert (running["index"], running["of"], running["state"]) == (2, 3, "running")
    stages.fail("k3s", ("no route to host",))
    failed = NodeStage(**json.loads(disk.read(STAGE)))
    assert failed.state == "failed"
    assert any("no route to host" in line for line in failed.lines)
    stages.finish()
    assert NodeStage(**json.loads(disk.read(STAGE))).last


def test_the_stages_are_those_of_the_module() -> None:
    """A machine whose user data names no stages goes through those that the module lists."""
    listed = json.loads((MODULE / "stages.json").read_text("utf-8"))["stages"]
    for role, stages in STAGES.items():
        assert stages == tuple(s["name"] for s in listed if role in s["roles"])
