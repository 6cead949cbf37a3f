"""Keeping lines of a log in a file of the operator's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from provisioner.errors import HomeError


def keep_lines(fqdn: str, lines: Sequence[str]) -> str:
    """Write lines to a new private file in the working directory, else in the user's home.

    Returns its path; raises HomeError when neither can be written.
    """
    name = f"catalyst-{fqdn}-{datetime.now(UTC):%Y%m%d-%H%M%S}.log"
    text = "".join(f"{line}\n" for line in lines)
    try:
        return _written(Path.cwd() / name, text)
    except OSError:
        pass
    place = Path.home()
    try:
        return _written(place / name, text)
    except OSError as error:
        raise HomeError("home_unusable", path=place, reason=error.strerror) from error


def _written(path: Path, text: str) -> str:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return str(path)
