"""Go module zips: is this the one that go.sum means, and which files are in it.

The hash is Go's ``h1``: the SHA-256 of a list with one line a file, ``<sha256>  <name>``, sorted by
name, in base64. Source: golang.org/x/mod/sumdb/dirhash, Hash1.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path, PurePosixPath

from provisioner.errors import ToolchainError
from provisioner.toolchain.pins import Pin


def h1(archive: zipfile.ZipFile) -> str:
    """Return Go's hash of a module zip, ``h1:`` and base64."""
    told = hashlib.sha256()
    for name in sorted(archive.namelist()):
        told.update(f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}\n".encode())
    return "h1:" + base64.b64encode(told.digest()).decode()


def pinned_hash(pin: Pin, module: str) -> tuple[str, str]:
    """Return the version and the hash that go.sum has for a module's zip."""
    for line in (pin.sources / "go.sum").read_text("utf-8").splitlines():
        name, version, told = line.split()
        if name == module and not version.endswith("/go.mod"):
            return version, told
    raise ToolchainError(
        "tool_unverified",
        tool=pin.name,
        title=pin.title,
        version=pin.version,
        platform=f"the module {module}",
    )


def take(pin: Pin, module: str, zipped: Path, folder: str, made: Path) -> None:
    """Put the files of one folder of a module zip into ``made``, flat.

    Raises ToolchainError if the zip is not the pinned one or does not have such files.
    """
    version, expected = pinned_hash(pin, module)
    prefix = PurePosixPath(f"{module}@{version}") / folder
    with zipfile.ZipFile(zipped) as archive:
        found = h1(archive)
        if found != expected:
            raise ToolchainError(
                "tool_checksum",
                tool=pin.name,
                title=pin.title,
                url=f"{module}@{version}",
                expected=expected,
                found=found,
            )
        names = [name for name in archive.namelist() if PurePosixPath(name).parent == prefix]
        for name in names:
            (made / PurePosixPath(name).name).write_bytes(archive.read(name))
    if not names:
        raise ToolchainError(
            "tool_broken",
            tool=pin.name,
            title=pin.title,
            path=f"{module}@{version}",
            reason=f"it has no files in {folder}",
        )
