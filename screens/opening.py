"""Opening the wizard on a draft, at the step at which it was left."""

from __future__ import annotations

import copy

from msgspec import structs

from provisioner.errors import CatalystError
from screens.ports import Answers, Backend, Face
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


async def copied(backend: Backend, answers: Answers) -> str:
    """Keep a draft with these answers but for the name, which only one can have; returns its id."""
    draft = await backend.draft(None)
    taken = copy.deepcopy(dict(answers))
    domain = dict(taken.get("domain") or {})
    for name in ("label", "fqdn"):
        domain.pop(name, None)
    draft = structs.replace(draft, answers=taken | {"domain": domain}, step="domain")
    await backend.save(draft)
    return draft.id


async def edited(backend: Backend, fqdn: str) -> str:
    """Keep a draft that changes a Sovereign's answers; returns its id."""
    draft = await backend.draft(None)
    answers = copy.deepcopy(dict(await backend.answers_of(fqdn)))
    await backend.save(structs.replace(draft, answers=answers, step="sizing", edits=fqdn))
    return draft.id


def sentence(error: CatalystError, fqdn: str = "", component: str = "") -> str:
    """Return what happened and what to do, in one line, with the names it was met at."""
    from provisioner.remedies import remedy_of

    return remedy_of(error, fqdn, component).brief
