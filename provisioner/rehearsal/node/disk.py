"""A machine's disk: a real folder that is its root."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath

from provisioner.rehearsal.node.userdata import File


class Disk:
    """The files of one machine, by their absolute paths on it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def real(self, path: str) -> Path:
        """Return where a path of the machine is; ``..`` never leads out."""
        parts: list[str] = []
        for part in PurePosixPath("/", path).parts[1:]:
            if part == "..":
                parts = parts[:-1]
            else:
                parts.append(part)
        return self.root.joinpath(*parts)

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder."""
        return self.real(path).exists()

    def read(self, path: str) -> bytes:
        """Return a file's content; raises OSError."""
        return self.real(path).read_bytes()

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Replace a file, whole or not at all."""
        place = self.real(path)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = place.with_name(f"{place.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # The owner of the world must always be able to read it, whatever the machine's own modes.
        fresh.chmod((mode & 0o700) | 0o600)
        fresh.replace(place)

    def append(self, path: str, line: str) -> None:
        """Add a line to a log."""
        place = self.real(path)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def install(self, files: tuple[File, ...]) -> None:
        """Write what cloud-init was told to write."""
        for file in files:
            self.write(file.path, file.content, file.mode)

    def wipe(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.root, ignore_errors=True)
