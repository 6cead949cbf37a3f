"""What components took in earlier runs of this home: better usual times than the kit can know.

A file of plain numbers beside the Sovereigns. It is a memory, not a record: when it is damaged or
two runs write at once, something is forgotten and nothing else happens.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

import msgspec

from provisioner.facts import ExpectedComponent
from provisioner.files import write_private
from provisioner.view import View

KEPT = 5
"""Runs of which each component's time is kept; the one in the middle is the usual one."""

_DECODE = msgspec.json.Decoder(dict[str, list[float]])


def with_usual(path: Path, expected: Iterable[ExpectedComponent]) -> tuple[ExpectedComponent, ...]:
    """Return components with what they usually took here, where that is known; reads a file."""
    known = _read(path)
    return tuple(
        msgspec.structs.replace(each, usual=round(statistics.median(known[each.name]), 1))
        if known.get(each.name)
        else each
        for each in expected
    )


def remember(path: Path, view: View) -> None:
    """Keep what each component of a bootstrap took; writes a file. Raises HomeError.

    A run that went on with an earlier one saw only the rest of each component's way, or nothing of
    it: it is no measure.
    """
    if view.run is None or view.run.command in ("resume", "dns"):
        return
    known = _read(path)
    for name, line in view.components.items():
        if line.took is not None:
            known[name] = [*known.get(name, []), round(line.took, 1)][-KEPT:]
    write_private(path, msgspec.json.encode(known))


def _read(path: Path) -> dict[str, list[float]]:
    try:
        return _DECODE.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return {}
