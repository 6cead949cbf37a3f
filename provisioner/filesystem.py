"""On which kind of filesystem a folder is: locks and SQLite's WAL need one of this machine.

Over a network, flock may be granted twice and shared memory is none, so that two runners could own
one Sovereign. Sources: proc_pid_mountinfo(5), SQLite's documentation of WAL, flock(2).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from provisioner.errors import HomeError

_MOUNTS = Path("/proc/self/mountinfo")
_MOUNT_POINT = 4
_ESCAPES = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}


def refuse_network(folder: Path) -> None:
    """Raise HomeError when a folder, or what will hold it, is on a network filesystem."""
    kind = kind_of(folder, _MOUNTS.read_text("utf-8", "surrogateescape"))
    if kind in _network_kinds():
        raise HomeError("home_on_network", path=folder, kind=kind)


def kind_of(folder: Path, mounts: str) -> str:
    """Return the type of the filesystem that a folder is on, as ``mounts`` (mountinfo) tells."""
    place = folder.resolve()
    found, deepest = "", -1
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) <= _MOUNT_POINT or not right:
            continue
        point = Path(_plain(fields[_MOUNT_POINT]))
        # A later line covers an earlier one at the same place.
        if place.is_relative_to(point) and len(point.parts) >= deepest:
            found, deepest = right.split(" ")[0], len(point.parts)
    return found


@cache
def _network_kinds() -> frozenset[str]:
    text = files("provisioner").joinpath("filesystems.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)["network"])


def _plain(field: str) -> str:
    for escape, character in _ESCAPES.items():
        field = field.replace(escape, character)
    return field
