"""The working directory of one Sovereign: module, variables, provider mirror; state and plan.

The module is copied in, so that a new release of ours changes nothing behind the operator's back:
the copy is renewed only when a plan is made.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec

from provisioner.files import write_private

OVERRIDE = "backend_override.tf.json"
"""Says where the state is kept, if not here; see backend.py."""
IMPORTS = "adopt.tf.json"
"""Asks for imports; there only while something is adopted."""
PLAN = "plan.tofuplan"
STATE = "terraform.tfstate"
ERRORED = "errored.tfstate"
"""Where OpenTofu saves a state that it could not write to its place."""
VARIABLES = "catalyst.auto.tfvars.json"
_STAMP = ".initialised"
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


def cli_config(directory: Path) -> Path:
    """Return where OpenTofu's CLI configuration of a working directory is."""
    return directory / "cli.tfrc"


def prepare(directory: Path, variables: Mapping[str, Any], mirror: Path) -> str:
    """Lay out the working directory; return a digest that changes when ``init`` must run again.

    ``variables`` must hold nothing secret: they are written in clear. ``mirror`` is a
    filesystem_mirror that holds the pinned provider. Blocks on the disk for some milliseconds.
    """
    with as_file(files("modules") / "hetzner") as module:
        shutil.copytree(module, directory, dirs_exist_ok=True, ignore=_LEFT_OUT)
    # A runner that was killed while it adopted leaves it.
    (directory / IMPORTS).unlink(missing_ok=True)
    write_private(directory / VARIABLES, msgspec.json.format(msgspec.json.encode(variables)))
    quoted = msgspec.json.encode(str(mirror)).decode()
    write_private(cli_config(directory), _CLI_CONFIG.format(mirror=quoted).encode())
    parts = [*sorted(directory.rglob("*.tf")), *directory.glob(OVERRIDE), cli_config(directory)]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.relative_to(directory).as_posix().encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def initialised_with(directory: Path, digest: str) -> bool:
    """Return whether ``init`` ran here for this digest, with a provider that is still there."""
    stamp = directory / _STAMP
    providers = (directory / ".terraform" / "providers").glob("*/*/*/*/*")
    return (
        stamp.exists() and stamp.read_text() == digest and any(path.exists() for path in providers)
    )


def was_initialised(directory: Path) -> bool:
    """Return whether ``init`` ever ran here to its end."""
    return (directory / _STAMP).exists()


def has_state(directory: Path) -> bool:
    """Return whether there is a state here, or one may be where this directory keeps it."""
    elsewhere = (directory / OVERRIDE).exists() and was_initialised(directory)
    return elsewhere or (directory / STATE).exists()


def mark_initialised(directory: Path, digest: str) -> None:
    """Remember that ``init`` ran here for this digest."""
    write_private(directory / _STAMP, digest.encode())


def mend_state(directory: Path) -> bool:
    """Put aside a state that a full disk has torn, and a whole one in its place where there is one.

    Returns whether one was torn. OpenTofu writes its state in place, so it can be left empty or
    half. What it saved beside it is encrypted alike; `tofu state push` would read only a plain one.
    """
    state = directory / STATE
    if not state.exists() or _is_whole(state):
        return False
    state.replace(state.with_name(f"{STATE}.torn"))
    for kept in (directory / ERRORED, directory / f"{STATE}.backup"):
        if _is_whole(kept):
            kept.replace(state)
            break
    return True


def _is_whole(state: Path) -> bool:
    try:
        return isinstance(msgspec.json.decode(state.read_bytes()), dict)
    except (OSError, msgspec.MsgspecError):
        return False
