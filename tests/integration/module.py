"""The OpenTofu module in a folder of its own, run with a clean environment as the engine does."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provisioner.tofu.nodekeys import sensitive_variables

SOURCE = Path(__file__).parents[2] / "modules" / "hetzner"
TOKEN = "t" * 64
NOWHERE = "http://127.0.0.1:9/v1"

CLI_CONFIG = """
provider_installation {{
  filesystem_mirror {{
    path    = "{mirror}"
    include = ["registry.opentofu.org/hetznercloud/hcloud"]
  }}
}}
disable_checkpoint = true
"""


def pool(name: str, count: int, **more: Any) -> dict[str, Any]:
    """Return a pool of workers as the module takes it."""
    return {"name": name, "type": "cx23", "count": count, **more}


def answers(control_planes: int = 1, *pools: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return all variables of the module for one sizing, with secrets made anew at each call."""
    keys = [f"cp{n + 1}" for n in range(control_planes)]
    keys += [f"{each['name']}{n + 1}" for each in pools for n in range(each["count"])]
    key = Ed25519PrivateKey.generate().public_key()
    return {
        "fqdn": "oman.omani.works",
        "name": "oman",
        "location": "fsn1",
        "network_zone": "eu-central",
        "control_plane": {"type": "cx33", "count": control_planes},
        "workers": list(pools),
        "operator_cidrs": ["203.0.113.7/32"],
        "ssh_public_key": key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        **sensitive_variables(keys),
        **more,
    }


@dataclass
class Module:
    """One working folder and the OpenTofu that works in it."""

    folder: Path
    tools: Mapping[str, Path]
    endpoint: str = NOWHERE
    more: Mapping[str, str] = field(default_factory=dict)
    """What else OpenTofu finds in its environment."""
    printed: list[str] = field(default_factory=list)
    """All that it ever printed, to look for secrets in."""

    def prepare(self, part: str = ".", source: Path = SOURCE) -> Module:
        """Copy the module, a part of it or another one, and initialise it from the mirror."""
        shutil.copytree(source / part, self.folder, ignore=shutil.ignore_patterns(".terraform*"))
        config = CLI_CONFIG.format(mirror=self.tools["provider_mirror"])
        (self.folder / "cli.tfrc").write_text(config)
        self.run("init", "-input=false")
        return self

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run OpenTofu and return how it ended, with what it printed."""
        environment = {
            "HOME": str(self.folder),
            "TF_CLI_CONFIG_FILE": str(self.folder / "cli.tfrc"),
            "TF_IN_AUTOMATION": "1",
            "HCLOUD_TOKEN": TOKEN,
            "HCLOUD_ENDPOINT": self.endpoint,
            **self.more,
        }
        done = subprocess.run(
            [self.tools["tofu"], *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if arguments[0] not in {"show", "output"}:
            self.printed.append(done.stdout + done.stderr)
        return done

    def run(self, *arguments: str) -> str:
        """Run OpenTofu and return what it printed; it must succeed."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def answer(self, variables: Mapping[str, Any]) -> None:
        """Write the variables that the next command reads."""
        (self.folder / "test.auto.tfvars.json").write_text(json.dumps(variables))

    def plan(self, variables: Mapping[str, Any]) -> dict[str, str]:
        """Return what a plan does with each resource that changes, by address."""
        self.answer(variables)
        self.run("plan", "-input=false", "-no-color", "-out=p")
        shown = json.loads(self.run("show", "-json", "p"))
        return {
            change["address"]: "+".join(change["change"]["actions"])
            for change in shown.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def apply(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Apply and return the outputs."""
        self.answer(variables)
        self.run("apply", "-input=false", "-no-color", "-auto-approve", "-parallelism=40")
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        """Return the outputs, sensitive ones too."""
        shown = json.loads(self.run("output", "-json"))
        return {name: each["value"] for name, each in shown.items()}
