"""The simulated cloud under the real provider: every kind is made, read, changed and unmade."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.module import CLI_CONFIG, Module, answers
from tests.integration.simulated import simulated
from tests.unit.rehearsal.signing import self_signed

CONFIGURATION = Path(__file__).parent / "simulator" / "every_kind.tf"


@pytest.fixture
def folder(tmp_path: Path, tools: dict[str, Path]) -> Module:
    """Return a working folder with a configuration of every kind, initialised."""
    shutil.copy(CONFIGURATION, tmp_path / "main.tf")
    (tmp_path / "cli.tfrc").write_text(CLI_CONFIG.format(mirror=tools["provider_mirror"]))
    folder = Module(tmp_path, tools)
    folder.run("init", "-input=false")
    return folder


def test_every_kind_lives_and_dies_under_the_real_provider(folder: Module) -> None:
    """Created resources show no drift, change in place where Hetzner can, and leave nothing."""
    certificate, key = self_signed("web.example.org")
    wanted: dict[str, Any] = {
        "ssh_public_key": answers()["ssh_public_key"],
        "certificate": certificate,
        "private_key": key,
    }
    with simulated(speed=200) as cloud:
        folder.endpoint = cloud.endpoint
        made = folder.apply(wanted)
        assert made["load_balancer"].startswith("127.78.")
        assert all(address.startswith("127.77.") for address in made["addresses"])
        assert folder.plan(wanted) == {}

        wanted |= {"tier": "app", "port": "8080-8090", "server_type": "cx33", "protected": False}
        wanted |= {"load_balancer_type": "lb21", "size": 20}
        changes = folder.plan(wanted)
        assert set(changes.values()) == {"update", "delete+create"}
        assert [a for a, done in changes.items() if done == "delete+create"] == [
            "hcloud_load_balancer_target.selected"
        ]
        folder.apply(wanted)
        assert folder.plan(wanted) == {}

        folder.run("destroy", "-auto-approve", "-no-color", "-input=false")
        assert cloud.sim("GET", "/inventory") == {}
