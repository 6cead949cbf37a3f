"""Handling of folders that Go filled: its module cache is read-only on purpose."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

_CHUNK = 1 << 20


def remove(folder: Path) -> None:
    """Remove a folder with everything in it, read-only folders included; absent is fine."""
    for root, _folders, _files in os.walk(folder):
        with contextlib.suppress(OSError):
            Path(root).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    told = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            told.update(chunk)
    return told.hexdigest()
