"""What comes of a conversation: the answers file, and the commands that go on from it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from catalyst_tui.plain.asking import confirm
from catalyst_tui.plain.console import Console
from provisioner.errors import CatalystError
from provisioner.exporting import export_answers
from provisioner.spec import SovereignSpec
from screens.opening import sentence

USUAL = "sovereign.yaml"


async def write(console: Console, spec: SovereignSpec, wanted: Path | None) -> Path:
    """Write the answers where the operator wants them; asks for another place while it fails."""
    path = wanted
    while True:
        if path is None:
            console.say()
            path = Path((await console.read(f"Answers file [{USUAL}]: ")).strip() or USUAL)
        if await asyncio.to_thread(path.is_file):
            sure = await confirm(console, f"{path} exists. Write over it", usual=False)
            if not sure:
                path = None
                continue
        try:
            await asyncio.to_thread(export_answers, path.expanduser(), spec)
        except CatalystError as error:
            console.say(sentence(error))
            path = None
            continue
        return path
