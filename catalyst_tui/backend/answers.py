"""Answers and drafts: judged by the engine's rules, kept in the home."""

from __future__ import annotations

import asyncio
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provisioner import answers as engine
from provisioner import drafts
from provisioner.clock import Clock
from provisioner.drafts import Draft
from provisioner.errors import AnswersRefused
from provisioner.exporting import commands, export_answers
from provisioner.settings import load_settings
from screens.judging import judged
from screens.ports import Answers, Judged

if TYPE_CHECKING:
    from catalyst_tui.backend.engine import EngineBackend

EXAMPLE, NEW = "example", "new"
"""Name no stored draft, but the answers that a rehearsal begins with, and none at all."""


class AnswersDesk:
    """Judges answers and keeps drafts of one home."""

    def __init__(self, backend: EngineBackend) -> None:
        self._backend = backend
        self._home = backend.home
        self.settings = load_settings(backend.top)

    def check(self, answers: Answers) -> Judged:
        """Judge answers by the rules and this home's settings."""
        return judged(answers, self.settings)

    async def draft(self, draft_id: str | None) -> Draft:
        """Return a stored draft, the example, or a new one with the first pool proposed."""
        if draft_id in (None, NEW):
            proposed = {"domain": {"mode": "pool", "pool": self.settings.pools[0]}}
            return drafts.new_draft(Clock(), proposed)
        if draft_id == EXAMPLE:
            return drafts.new_draft(Clock(), await asyncio.to_thread(self._example))
        return await asyncio.to_thread(drafts.load_draft, self._home, draft_id)

    def _example(self) -> dict[str, Any]:
        options = self._backend.options
        if options is not None and options.answers is not None:
            return engine.read(options.answers).values
        with as_file(files("provisioner.rehearsal") / "example.yaml") as path:
            return engine.read(path).values

    async def save(self, draft: Draft) -> None:
        """Keep a draft."""
        await asyncio.to_thread(self._save, draft)

    def _save(self, draft: Draft) -> None:
        self._home.create()
        self._home.drafts.mkdir(mode=0o700, exist_ok=True)
        drafts.save_draft(self._home, draft, Clock())

    async def forget(self, draft_id: str) -> None:
        """Remove a draft."""
        await asyncio.to_thread(drafts.forget_draft, self._home, draft_id)

    async def answers_of(self, fqdn: str) -> Answers:
        """Return the answers that a Sovereign was made from; raises AnswersRefused."""
        spec = await asyncio.to_thread(engine.load_spec, self._home.sovereign(fqdn).spec)
        return spec.model_dump(mode="json", exclude_none=True)

    async def export(self, answers: Answers, path: str) -> tuple[str, ...]:
        """Write answers and their schema to files; returns the commands that go on from there.

        Raises AnswersRefused, HomeError.
        """
        judged = self.check(answers)
        if judged.spec is None:
            raise AnswersRefused(findings=judged.findings)
        place = await asyncio.to_thread(Path(path).expanduser)
        await asyncio.to_thread(export_answers, place, judged.spec)
        return commands(place, judged.spec, rehearsed=self._backend.rehearsed)
