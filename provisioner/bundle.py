"""The support bundle: one redacted archive that tells what happened to a Sovereign, and why.

::

    cause.md        one page: how the newest run ended, what failed, what exists
    journal.jsonl   every event, as --json prints them
    doctor.json     the programs that would run
    defects.log     tracebacks of commands that ended in a failure of ours
    logs/           raw output of the programs that ran; of long ones the end

State, plan, answers' secrets and keys are no part of it. Blocks on the disk.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from provisioner.attach import runner_of
from provisioner.cause import cause
from provisioner.errors import JournalError
from provisioner.files import replacing
from provisioner.folding import advance
from provisioner.home import PRIVATE_FILE, SovereignFolder
from provisioner.journal import JournalReader
from provisioner.redaction import Redactor
from provisioner.remedies import remedy_of
from provisioner.view import View

MOST_OF_A_LOG = 2 * 1024 * 1024
"""Bytes from the end of each log."""
_LOGS = ("*.log", "*.jsonl")


class Packed(NamedTuple):
    """What an archive holds."""

    files: list[str]
    missing: list[str]
    """What is not in it, or not whole, each with the reason."""


def write_bundle(
    folder: SovereignFolder,
    target: Path,
    redactor: Redactor,
    doctor: Any,
    defects: Path | None = None,
) -> Packed:
    """Write the archive, readable by its owner only, and return what is in it.

    ``doctor`` is what ``catalyst doctor --json`` prints, ``defects`` the home's log of defects.
    What cannot be read is left out and named: a bundle is wanted most where something is broken.
    Raises OSError when the archive cannot be written; an older one of its name is kept then.
    """
    root = f"catalyst-{folder.fqdn}"
    packed = Packed([], [])
    with replacing(target) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in _parts(folder, doctor, defects, packed.missing):
            redacted = redactor.data(content)
            entry = tarfile.TarInfo(f"{root}/{name}")
            entry.size, entry.mode = len(redacted), PRIVATE_FILE
            archive.addfile(entry, io.BytesIO(redacted))
            packed.files.append(name)
    return packed


def _parts(
    folder: SovereignFolder, doctor: Any, defects: Path | None, missing: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents; what cannot be read is added to ``missing`` as it is met."""
    view, lines = View(fqdn=folder.fqdn), []
    try:
        with JournalReader(folder.journal, folder.fqdn) as reader:
            for each in reader.read_all():
                advance(view, each)
                lines.append(each.to_json() + b"\n")
    except JournalError as error:
        missing.append(f"journal.jsonl behind event {view.seq}: {remedy_of(error).what}")
    logs = list(_logs(folder, defects, missing))
    said = "".join(f"- Not in this bundle: {each}\n" for each in missing)
    yield "cause.md", (cause(view, alive=runner_of(folder) is not None) + said).encode()
    if lines:
        yield "journal.jsonl", b"".join(lines)
    yield "doctor.json", msgspec.json.format(msgspec.json.encode(doctor))
    yield from logs


def _logs(
    folder: SovereignFolder, defects: Path | None, missing: list[str]
) -> Iterator[tuple[str, bytes]]:
    named = [(path.name, path) for path in (defects,) if path is not None and path.exists()]
    paths = sorted(path for pattern in _LOGS for path in folder.logs.glob(pattern))
    named += [(f"logs/{path.name}", path) for path in paths]
    for name, path in named:
        try:
            yield name, _end_of(path)
        except OSError as error:
            missing.append(f"{name}: {error.strerror}")


def _end_of(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_OF_A_LOG))
        return file.read(MOST_OF_A_LOG)
