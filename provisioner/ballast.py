"""Room kept in reserve, so that a full disk still lets the journal and OpenTofu's state close."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

SIZE = 16 * 1024 * 1024
"""Bytes: a large state, its backup and the last events, several times over."""
LOW = 4 * 1024 * 1024
"""Bytes of free space below which the reserve is given up and the run should end."""


class Ballast:
    """A file of zeros in the Sovereign's folder; its methods block on the disk."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    def lay(self) -> None:
        """Take the room; a disk that has none to spare is preflight's to name, and no error."""
        with contextlib.suppress(OSError):
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(handle, 0, self._size)
            finally:
                os.close(handle)

    def free(self) -> bool:
        """Give the room back; return False when there was none left to give."""
        try:
            given = self._path.stat().st_size > 0
            self._path.unlink()
        except FileNotFoundError:
            return False
        return given

    def is_needed(self) -> bool:
        """Return whether the disk is so full that the run should end, with or without the reserve.

        What was given up already counts, however much is free now: it was the last room there is.
        """
        if not self._path.exists():
            return True
        return is_nearly_full(self._path.parent)


def is_nearly_full(folder: Path) -> bool:
    """Return whether a folder's disk has less free space than what ends a run."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize < LOW
