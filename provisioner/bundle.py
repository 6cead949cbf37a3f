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
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from provisioner.cause import cause
from provisioner.folding import load
from provisioner.home import PRIVATE_FILE, SovereignFolder
from provisioner.journal import JournalReader
from provisioner.redaction import Redactor

MOST_OF_A_LOG = 2 * 1024 * 1024
"""Bytes from the end of each log."""
_LOGS = ("*.log", "*.jsonl")


def write_bundle(
    folder: SovereignFolder,
    target: Path,
    redactor: Redactor,
    doctor: Any,
    defects: Path | None = None,
) -> list[str]:
    """Write the archive, readable by its owner only, and return the names of what is in it.

    ``doctor`` is what ``catalyst doctor --json`` prints, ``defects`` the home's log of
    defects. Raises JournalError when there is no
    journal, and OSError when the archive cannot be written.
    """
    root = f"catalyst-{folder.fqdn}"
    names = []
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in _parts(folder, doctor, defects):
            redacted = redactor.data(content)
            entry = tarfile.TarInfo(f"{root}/{name}")
            entry.size, entry.mode = len(redacted), PRIVATE_FILE
            archive.addfile(entry, io.BytesIO(redacted))
            names.append(name)
    target.chmod(PRIVATE_FILE)
    return names


def _parts(
    folder: SovereignFolder, doctor: Any, defects: Path | None
) -> Iterator[tuple[str, bytes]]:
    yield "cause.md", cause(load(folder.journal, folder.fqdn)).encode()
    with JournalReader(folder.journal, folder.fqdn) as reader:
        yield "journal.jsonl", b"".join(each.to_json() + b"\n" for each in reader.read_all())
    yield "doctor.json", msgspec.json.format(msgspec.json.encode(doctor))
    if defects is not None and defects.exists():
        yield defects.name, _end_of(defects)
    for pattern in _LOGS:
        for path in sorted(folder.logs.glob(pattern)):
            yield f"logs/{path.name}", _end_of(path)


def _end_of(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_OF_A_LOG))
        return file.read(MOST_OF_A_LOG)
