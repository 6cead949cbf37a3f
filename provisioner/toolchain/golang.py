"""The Go toolchain: which one, and the surroundings in which it works for us."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from provisioner.errors import ToolchainError
from provisioner.toolchain import child
from provisioner.toolchain.pins import Platform

LEAST = (1, 26)
"""The oldest Go that reads the pinned modules."""
_USUAL_PLACE = Path("/usr/local/go/bin/go")
_TAKEN = re.compile(
    r"PATH|HOME|USER|LANG|NETRC|XDG_CONFIG_HOME|GO[A-Z]+|GIT_.*|SSH_AUTH_SOCK|SSL_CERT_(FILE|DIR)"
    r"|(https?|no|all)_proxy",
    re.IGNORECASE,
)
"""What a build takes from its caller: where modules come from is the caller's choice alone."""


class Go:
    """A Go toolchain that works in folders of one workspace and leaves nothing elsewhere."""

    def __init__(self, program: Path, workspace: Path, platform: Platform) -> None:
        self.program = program
        self._workspace = workspace
        self._platform = platform

    def environment(self) -> dict[str, str]:
        """Return the environment for a build: the caller's sources, our settings and folders."""
        kept = {name: value for name, value in os.environ.items() if _TAKEN.fullmatch(name)}
        for name in ("GOWORK", "GOEXPERIMENT", "GOBIN", "GOPATH"):
            kept.pop(name, None)
        ours = {
            "GOMODCACHE": self._folder("modules"),
            "GOCACHE": self._folder("compiled"),
            "GOTMPDIR": self._folder("scratch"),
            "TMPDIR": self._folder("scratch"),
            "GOPATH": self._folder("path"),
            "GOFLAGS": "-mod=readonly -modcacherw -trimpath -buildvcs=false",
            "GOWORK": "off",
            "GOOS": self._platform.os,
            "GOARCH": self._platform.arch,
            "CGO_ENABLED": "0",
        }
        return kept | ours

    def _folder(self, name: str) -> str:
        folder = self._workspace / name
        folder.mkdir(exist_ok=True)
        return str(folder)


def _program(environ: Mapping[str, str]) -> str | None:
    named = environ.get("CATALYST_GO") or shutil.which("go", path=environ.get("PATH"))
    return named or (str(_USUAL_PLACE) if _USUAL_PLACE.exists() else None)


async def find_go(workspace: Path, platform: Platform, environ: Mapping[str, str]) -> Go:
    """Return the Go toolchain that CATALYST_GO, PATH or the usual place has.

    Raises ToolchainError: ``go_missing`` or ``go_too_old``.
    """
    wanted = ".".join(map(str, LEAST))
    program = _program(environ)
    if not program:
        raise ToolchainError("go_missing", wanted=wanted)
    go = Go(Path(program), workspace, platform)
    try:
        said = await child.run([program, "version"], cwd=workspace, env=go.environment())
    except OSError as error:
        raise ToolchainError("go_missing", wanted=wanted) from error
    found = re.search(r"go(\d+)\.(\d+)(\S*)", said.out)
    if not found or (int(found[1]), int(found[2])) < LEAST:
        version = found.group(0) if found else said.last
        raise ToolchainError("go_too_old", path=program, found=version, wanted=wanted)
    return go
