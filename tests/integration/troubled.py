"""The real provider at work on a few resources of a simulated cloud in which things go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.integration.module import CLI_CONFIG, Module
from tests.integration.simulated import Simulated

PROVIDER = """
terraform {
  required_providers {
    hcloud = { source = "hetznercloud/hcloud" }
  }
}
provider "hcloud" {
  poll_interval = "100ms"
  poll_function = "constant"
}
"""


def at_work(folder: Path, tools: Mapping[str, Path], cloud: Simulated, resources: str) -> Module:
    """Return a working folder with these resources, initialised."""
    (folder / "main.tf").write_text(PROVIDER + resources)
    (folder / "cli.tfrc").write_text(CLI_CONFIG.format(mirror=tools["provider_mirror"]))
    module = Module(folder, tools, cloud.endpoint)
    module.run("init", "-input=false")
    return module


def fault(cloud: Simulated, **what: Any) -> None:
    """Let something go wrong."""
    cloud.sim("POST", "/faults", [what])
