"""The working directory of one Sovereign: module, variables, provider mirror; state and plan.

The module is copied in, so that a new release of ours changes nothing behind the operator's back:
the copy is renewed only when a plan is made.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec

from provisioner.files import write_private

PLAN = "plan.tofuplan"
VARIABLES = "catalyst.auto.tfvars.json"
_LEFT_OUT = shutil.ignore_patterns("tests", "*.md", ".terraform*", "*.tfstate*", "*.tftest.hcl")

_CLI_CONFIG = """\
provider_installation {{
  filesystem_mirror {{
    path    = {mirror}
    include = ["registry.opentofu.org/hetznercloud/hcloud"]
  }}
}}
disable_checkpoint = true
"""


def prepare(directory: Path, variables: Mapping[str, Any], mirror: Path) -> Path:
    """Lay out the working directory and return the path of OpenTofu's CLI configuration.

    ``variables`` must hold nothing secret: they are written in clear. ``mirror`` is a
    filesystem_mirror that holds the pinned provider. Blocks on the disk for some milliseconds.
    """
    with as_file(files("modules") / "hetzner") as module:
        shutil.copytree(module, directory, dirs_exist_ok=True, ignore=_LEFT_OUT)
    write_private(directory / VARIABLES, msgspec.json.format(msgspec.json.encode(variables)))
    config = directory / "cli.tfrc"
    quoted = msgspec.json.encode(str(mirror)).decode()
    write_private(config, _CLI_CONFIG.format(mirror=quoted).encode())
    return config


def is_initialised(directory: Path) -> bool:
    """Return whether ``tofu init`` has run here with a provider that is still there."""
    providers = directory / ".terraform" / "providers"
    return (directory / ".terraform.lock.hcl").exists() and any(
        path.exists() for path in providers.glob("*/*/*/*/*")
    )
