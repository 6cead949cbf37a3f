"""Writing small private files: a crash leaves the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from provisioner.errors import HomeError
from provisioner.home import PRIVATE_DIRECTORY


def write_private(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, mode 0600, durable before the name changes hands.

    Makes the folder if needed. Raises HomeError with the reason when the disk refuses.
    """
    try:
        path.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise HomeError("home_unusable", path=path.parent, reason=error.strerror) from error


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file, mode 0600, that takes the place of ``path`` once the block has ended well.

    What stood there stays untouched by a block that fails. Raises OSError.
    """
    # mkstemp opens with 0600, so that the content is never readable by others, not even briefly.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
