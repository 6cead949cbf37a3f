"""From the first word to the answers file: which draft, all questions, what to do next."""

from __future__ import annotations

from pathlib import Path

from catalyst_tui.plain.console import Console
from catalyst_tui.plain.interview import Interview
from catalyst_tui.plain.writing import write
from provisioner.exporting import commands
from provisioner.spec import SovereignSpec
from screens.drawing.values import ago
from screens.ports import Backend, Entry
from screens.wizard import Wizard

EXAMPLE = "example"
"""The draft that a rehearsal begins with."""
ANEW = "begin anew"
IN_MEMORY = (
    "The Hetzner token ends with this program. Give it again in HCLOUD_TOKEN, or set "
    "CATALYST_VAULT_PASSWORD before this command, so that the vault file keeps it."
)


class Written:
    """What a conversation ended with."""

    def __init__(self, path: Path, spec: SovereignSpec, following: tuple[str, ...]) -> None:
        self.path = path
        self.spec = spec
        self.following = following
        """The commands that go on from here."""


async def converse(backend: Backend, console: Console, wanted: Path | None) -> Written:
    """Ask for everything and write it to a file; raises EOFError, CatalystError.

    The draft is kept after each answer, and removed once the file holds them all.
    """
    draft = await _choose(backend, console)
    resumed = draft is not None
    fresh = EXAMPLE if backend.rehearsed else None
    wizard = Wizard(await backend.draft(draft or fresh), backend)
    interview = Interview(wizard, console)
    spec = await interview.lead(resumed=resumed)
    path = await write(console, spec, wanted)
    await wizard.forget()
    token = interview.cloud.token
    if token is not None and token.passing:
        console.say(IN_MEMORY)
    if interview.secrets.ending():
        console.say(interview.secrets.ending())
    return Written(path, spec, commands(path, spec, rehearsed=backend.rehearsed))


async def _choose(backend: Backend, console: Console) -> str | None:
    """Return the draft that the operator goes on with, or None for a new one."""
    entries = [each async for each in backend.entries()]
    kept = [each for each in entries if each.draft is not None and each.view is None]
    for each in entries:
        if each.trouble is not None:
            console.say(f"{each.name}: {each.trouble.brief}")
    if not kept:
        return None
    console.say("Kept answers:")
    for number, each in enumerate(kept, 1):
        console.say(f"  {number}  {_said(each)}")
    anew = len(kept) + 1
    console.say(f"  {anew}  {ANEW}")
    while True:
        text = (await console.read("Go on with [1]: ")).strip() or "1"
        if text.isdecimal() and 1 <= int(text[:4]) <= anew:
            entry = kept[int(text[:4]) - 1] if int(text[:4]) < anew else None
            return entry.draft.id if entry is not None and entry.draft is not None else None
        console.say(f"Type a number from 1 to {anew}.")


def _said(entry: Entry) -> str:
    saved = ago(entry.draft.saved, entry.now) if entry.draft is not None else ""
    return f"{entry.name}{f', kept {saved} ago' if saved else ''}"
