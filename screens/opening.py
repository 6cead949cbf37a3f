"""Opening the wizard on a draft, at the step at which it was left."""

from __future__ import annotations

from provisioner.errors import CatalystError
from screens.ports import Face
from screens.wizard import STEPS, Wizard


async def open_wizard(face: Face, draft_id: str | None) -> None:
    """Show the step of a stored draft, or the first step of a new one; raises CatalystError."""
    step = (await take_up(face, draft_id)).step
    face.open(step if step in STEPS else STEPS[0])


async def take_up(face: Face, draft_id: str | None) -> Wizard:
    """Take a draft in hand; raises CatalystError."""
    face.wizard = Wizard(await face.backend.draft(draft_id), face.backend)
    await face.wizard.check()
    return face.wizard


def sentence(error: CatalystError) -> str:
    """Return what happened and what to do, in one line."""
    from provisioner.remedies import remedy_of

    remedy = remedy_of(error)
    return f"{remedy.what} {remedy.action}"
