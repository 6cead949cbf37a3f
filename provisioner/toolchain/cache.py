"""The cache: what Catalyst made for itself, with a record that tells whether it is still that.

::

    <cache>/
    ├── programs/<tool>/<version>/<platform>/    one program
    ├── mirror/                                  OpenTofu's filesystem mirror with the provider
    ├── files/<tool>/<version>/                  files out of a Go module
    ├── records/<tool>-<version>-<platform>.json what was put there
    ├── making/                                  work in progress; empty when nobody works
    └── lock                                     held by the one process that makes something
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from enum import StrEnum
from pathlib import Path

import msgspec

from provisioner.errors import ToolchainError
from provisioner.home import cache_directory
from provisioner.toolchain import folders
from provisioner.toolchain.pins import Pin, Platform


class Source(StrEnum):
    """Where a tool came from."""

    SETTING = "setting"
    PATH = "path"
    DOWNLOAD = "download"
    BUILD = "build"


class Kept(msgspec.Struct, frozen=True):
    """One file as it was put into the cache."""

    size: int
    mtime: int
    """Nanoseconds since the epoch."""
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Kept:
        """Return what stands at ``path`` now."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, folders.sha256(path))


class Record(msgspec.Struct, frozen=True):
    """What was put into the cache for one tool."""

    source: Source
    recipe: str
    """Digest of what decided the content; see Pin.recipe, or a release's own SHA-256."""
    files: dict[str, Kept]


class Cache:
    """The folder in which made tools are kept."""

    def __init__(self, root: Path | None = None, platform: Platform | None = None) -> None:
        self.root = root or cache_directory()
        self.platform = platform or Platform.here()

    @property
    def making(self) -> Path:
        """Where tools are made before they are put in their place."""
        return self.root / "making"

    @property
    def lock(self) -> Path:
        """Held while something is made."""
        return self.root / "lock"

    def folder(self, pin: Pin) -> Path:
        """Return the folder of a tool, whether or not it is there."""
        return self.root / pin.fill(pin.place, self.platform)

    def path(self, pin: Pin) -> Path:
        """Return the program, or the folder of a tool that is only files."""
        return self.folder(pin) / pin.file_name(self.platform)

    def source(self, pin: Pin) -> Source | None:
        """Return how the tool came here, or None if it never did or its pin changed since."""
        record = self._record(pin)
        return record.source if record and record.recipe in self._recipes(pin) else None

    def damage(self, pin: Pin, *, thorough: bool = False) -> str:
        """Return what is wrong with a tool that is here, or an empty string.

        Unless ``thorough``, a file with the size and time that it was put here with is believed.
        """
        record = self._record(pin)
        if record is None:
            return "it has no record"
        for name, kept in record.files.items():
            path = self.folder(pin) / name
            try:
                stat = path.stat()
            except OSError:
                return f"{path} is missing"
            same = (stat.st_size, stat.st_mtime_ns) == (kept.size, kept.mtime)
            if (thorough or not same) and folders.sha256(path) != kept.sha256:
                return f"{path} is not what was put there"
        return ""

    def workspace(self) -> Path:
        """Return a new, private folder to make something in; clears what a dead process left.

        Only the holder of the lock may call this.
        """
        try:
            folders.remove(self.making)
            self.making.mkdir(parents=True)
            return Path(tempfile.mkdtemp(dir=self.making))
        except OSError as error:
            raise self.unusable(error) from error

    def put(self, pin: Pin, made: Path, source: Source) -> None:
        """Move a made folder to its place and record it; the old one gives way by rename.

        Only the holder of the lock may call this.
        """
        kept = {entry.name: Kept.of(entry) for entry in sorted(made.iterdir())}
        recipe = pin.checksum(self.platform) if source is Source.DOWNLOAD else pin.recipe()
        place = self.folder(pin)
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            place.rename(Path(tempfile.mkdtemp(dir=self.making)) / "old")
        made.rename(place)
        self._write(pin, Record(source, recipe, kept))

    def unusable(self, error: OSError) -> ToolchainError:
        """Return the error that says why the cache cannot be used."""
        return ToolchainError(
            "toolchain_cache_unusable", path=self.root, reason=error.strerror or error
        )

    def _recipes(self, pin: Pin) -> set[str]:
        return {pin.recipe(), pin.checksum(self.platform)} - {""}

    def _record_path(self, pin: Pin) -> Path:
        return self.root / "records" / f"{pin.name}-{pin.version}-{self.platform}.json"

    def _record(self, pin: Pin) -> Record | None:
        try:
            return msgspec.json.decode(self._record_path(pin).read_bytes(), type=Record)
        except (OSError, msgspec.MsgspecError):
            return None

    def _write(self, pin: Pin, record: Record) -> None:
        path = self._record_path(pin)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        with aside.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(record)))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
