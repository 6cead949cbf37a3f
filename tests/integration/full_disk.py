"""Run inside a small filesystem: fills it to the last byte, then records. Prints what was kept."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from provisioner.ballast import Ballast
from provisioner.clock import Clock
from provisioner.errors import JournalError
from provisioner.events import Remarked
from provisioner.journal import Journal, JournalReader
from provisioner.runner.recorder import Recorder
from provisioner.view import View

FQDN = "oman.omani.works"


def fill(folder: Path) -> None:
    """Leave not one free block."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(os.urandom(size))
            except OSError:
                continue


async def main(folder: Path, kept: int) -> None:
    """Record events on a full disk, with a reserve of ``kept`` bytes."""
    ballast = Ballast(folder / "ballast", kept)
    ballast.lay()
    journal = Journal(folder / "journal.db", FQDN, Clock())
    recorder = Recorder(journal, View(fqdn=FQDN), lambda event: event, ballast.free)
    await asyncio.to_thread(fill, folder)
    running = asyncio.create_task(recorder.run())
    recorder.emit(Remarked(source="test", text="x" * 100_000))
    try:
        await recorder.flush()
    except JournalError as error:
        sys.stdout.write(f"lost: {error}\n")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with JournalReader(folder / "journal.db", FQDN) as reader:
        sys.stdout.write(f"kept {len(reader.read())}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
