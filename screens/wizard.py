"""The answers while they are being given: read, change, judge, keep. Knows no widget."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.facts import Finding, Severity
from screens.ports import Backend, Judged

if TYPE_CHECKING:
    from provisioner.drafts import Draft

STEPS = ("organisation", "domain", "credentials", "sizing", "review")
"""The steps that are asked, in order; each is the noun of its screen."""
_SECTIONS = ("organisation", "domain", "sizing", "access")


class Wizard:
    """One draft in the operator's hands."""

    def __init__(self, draft: Draft, backend: Backend) -> None:
        self.backend = backend
        self.answers: dict[str, Any] = copy.deepcopy(draft.answers)
        for section in _SECTIONS:
            self.answers.setdefault(section, {})
        self.answers["sizing"].setdefault("control_plane", {})
        self.judged = Judged()
        self.revision = 0
        """Grows with each change, so that a late answer to an old question can be told."""
        self.fqdn = ""
        """The Sovereign whose plan is being looked at."""
        self._draft = draft
        self._token_under = ""
        """The name under which a token was looked for; a rename takes it along."""

    @property
    def draft(self) -> Draft:
        """The draft as it is now."""
        return msgspec.structs.replace(self._draft, answers=copy.deepcopy(self.answers))

    @property
    def edits(self) -> str:
        """The Sovereign whose answers are changed, or nothing: its name stays."""
        return self._draft.edits

    @property
    def step(self) -> str:
        """The step at which the operator is."""
        return self._draft.step

    def get(self, path: str) -> Any:
        """Return the answer at a dotted path, or None."""
        value: Any = self.answers
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def put(self, path: str, value: Any) -> None:
        """Answer the question at a dotted path; nothing, or an empty text, takes it back."""
        *way, last = path.split(".")
        section = self.answers
        for name in way:
            section = section.setdefault(name, {})
        if value is None or value == "":
            section.pop(last, None)
        else:
            section[last] = value
        self.revision += 1

    async def check(self) -> Judged:
        """Judge the answers as they are now; an answer to older ones is dropped."""
        asked = self.revision
        judged = await self.backend.check(self.answers)
        if asked == self.revision:
            self.judged = judged
        return self.judged

    async def carry_token(self) -> None:
        """Take a token along that was given under an older name; raises CatalystError."""
        fqdn = self.judged.fqdn
        if self._token_under not in ("", fqdn):
            await self.backend.carry_token(self._token_under, fqdn)
        self._token_under = fqdn

    async def keep(self, step: str | None = None) -> None:
        """Save the draft, and the step with it."""
        if step is not None:
            self._draft = msgspec.structs.replace(self._draft, step=step)
        await self.backend.save(self.draft)

    async def forget(self) -> None:
        """Remove the draft: its answers are a Sovereign's now."""
        await self.backend.forget(self._draft.id)

    def problem(self, field: str) -> Finding | None:
        """Return what is wrong with an answer, or with a part of it."""
        return next((each for each in self.judged.findings if concerns(each, field)), None)

    def problems(self, fields: tuple[str, ...]) -> list[tuple[str, Finding]]:
        """Return what blocks among these answers, in their order."""
        found = ((field, self.problem(field)) for field in fields)
        return [(f, p) for f, p in found if p is not None and p.severity is Severity.BLOCKING]


def concerns(finding: Finding, field: str) -> bool:
    """Return whether a finding is about a field, or about something inside it."""
    name = finding.field
    return name == field or name.startswith((f"{field}.", f"{field}["))
