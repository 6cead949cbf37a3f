"""The pins: which version of which tool, how it is built, and where its release is.

The data is pins.toml and the Go modules in ``go/`` beside this file; they travel in the wheel.
"""

from __future__ import annotations

import hashlib
import platform as machine
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from provisioner.errors import ToolchainError

HERE = Path(str(files(__package__)))
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Platform(msgspec.Struct, frozen=True):
    """The machine for which a program is made, in Go's words."""

    os: str
    arch: str

    def __str__(self) -> str:
        """Return ``linux_amd64`` and its like, as OpenTofu names platforms."""
        return f"{self.os}_{self.arch}"

    @classmethod
    def here(cls) -> Platform:
        """Return this machine's platform."""
        return cls(
            machine.system().lower(), _ARCHITECTURES.get(machine.machine(), machine.machine())
        )


class Build(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a program is built from its pinned Go module."""

    package: str
    ldflags: tuple[str, ...] = ()


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the project's own release of a program is."""

    url: str
    sums: str
    """Where the project publishes the SHA-256 of ``url``; read by ``make pins`` only."""
    sha256: dict[str, str]
    """By platform; empty where nobody has filled it: then nothing is downloaded."""
    member: str = ""
    """The program's name in the archive; empty when the download is the program itself."""


class Files(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files that are taken out of a Go module."""

    module: str
    folder: str


class Pin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tool at its one version."""

    name: str
    title: str
    needed_by: tuple[str, ...]
    """``run`` for a real Sovereign, ``rehearsal`` for a simulated one."""
    version: str
    place: str
    """Folder below the cache."""
    usual: float
    """Seconds that making it usually takes on two cores."""
    room: int
    """Megabytes that making it needs while it runs."""
    least: str = ""
    below: str = ""
    program: str = ""
    """File name; empty for a tool that is only files."""
    asks: tuple[str, ...] = ()
    """Arguments on which the program says its version; empty where only its name tells."""
    says: str = ""
    build: Build | None = None
    release: Release | None = None
    files: Files | None = None

    def fill(self, template: str, platform: Platform) -> str:
        """Return a template of the pins with version and platform in their places."""
        return template.format(
            version=self.version, platform=platform, os=platform.os, arch=platform.arch
        )

    def file_name(self, platform: Platform) -> str:
        """Return the program's file name."""
        return self.fill(self.program, platform)

    def fits(self, version: str) -> bool:
        """Return whether a program of this version may be used; no pre-release of ``below`` may."""
        said = _ordered(version)
        return _ordered(self.least) <= said and said[:-1] < _ordered(self.below)[:-1]

    @property
    def wanted(self) -> str:
        """The versions that may be used, for a sentence."""
        return f"at least {self.least} and below {self.below}"

    @property
    def sources(self) -> Path:
        """The folder with the Go module that pins this tool by hash."""
        return HERE / "go" / self.name

    def checksum(self, platform: Platform) -> str:
        """Return the SHA-256 of the release for this platform, empty where none is pinned."""
        return self.release.sha256.get(str(platform), "") if self.release else ""

    def recipe(self) -> str:
        """Return a digest of everything that decides what is built."""
        told = hashlib.sha256(msgspec.json.encode((self.version, self.build, self.files)))
        for path in sorted(self.sources.iterdir()):
            told.update(path.name.encode() + b"\0" + path.read_bytes())
        return told.hexdigest()


def load(path: Path) -> dict[str, Pin]:
    """Return the pins of a file, by name, in its order."""
    raw = msgspec.toml.decode(path.read_bytes(), type=dict[str, dict[str, object]])
    return msgspec.convert(
        {name: {"name": name, **pin} for name, pin in raw.items()}, dict[str, Pin]
    )


@cache
def catalogue() -> dict[str, Pin]:
    """Return this release's pins, by name, in the order in which they are made."""
    return load(HERE / "pins.toml")


def names(needed_by: str = "") -> tuple[str, ...]:
    """Return the tools that a ``run`` or a ``rehearsal`` needs; all of them by default."""
    return tuple(
        name for name, pin in catalogue().items() if not needed_by or needed_by in pin.needed_by
    )


def pin_of(name: str) -> Pin:
    """Return one tool's pin; raises ToolchainError for an unknown name."""
    pin = catalogue().get(name)
    if pin is None:
        raise ToolchainError("tool_unknown", tool=name, known=", ".join(catalogue()))
    return pin


def _ordered(version: str) -> tuple[int, ...]:
    """Return a version as numbers; a pre-release sorts before its release, as -1."""
    core, _, pre = version.partition("-")
    numbers = [int(part) for part in re.findall(r"\d+", core)]
    return (*numbers, -1 if pre else 0)
