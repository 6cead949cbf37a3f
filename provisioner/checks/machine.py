"""Whether this machine can carry a run: programs, disk, state folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from provisioner.answers_findings import finding
from provisioner.facts import Finding
from provisioner.settings import Settings

NEEDED_TOOLS = ("tofu", "provider_mirror")
"""What every run starts or gives to what it starts."""
MIB = 1024 * 1024


def check_tools(
    tools: Mapping[str, Path], needed: Iterable[str] = NEEDED_TOOLS
) -> tuple[Finding, ...]:
    """Return the programs that are not there or cannot be used."""
    return tuple(
        finding("program_missing", (), str(tools.get(name, "")), {"name": name})
        for name in needed
        if name not in tools or not os.access(tools[name], os.X_OK)
    )


def check_folder(folder: Path, settings: Settings) -> tuple[Finding, ...]:
    """Return why a Sovereign's folder cannot be used, if so; blocks on the disk."""
    try:
        # Permission bits do not tell about read-only mounts and quotas; writing does.
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"catalyst")
            probe.flush()
    except OSError as error:
        facts = {"path": folder, "reason": error.strerror or type(error).__name__}
        return (finding("home_not_writable", (), str(folder), facts),)
    free = shutil.disk_usage(folder).free // MIB
    if free >= settings.minimum_disk_mib:
        return ()
    facts = {"path": folder, "free": free, "needed": settings.minimum_disk_mib}
    return (finding("disk_low", (), f"{free} MiB", facts),)
