"""Secrets beside the Hetzner token: asked where the full screen asks them, and kept there too.

What is typed is shown nowhere and stands in no draft.
"""

from __future__ import annotations

from catalyst_tui.plain.asking import BACK, HELP
from catalyst_tui.plain.console import Console
from catalyst_tui.plain.sheet import Sheet
from provisioner.credentials import SECRETS
from provisioner.errors import CatalystError
from screens.drawing.domain import NEEDS_KEY, POOL_KEYS, name_said
from screens.opening import sentence
from screens.ports import NameReport, SecretState
from screens.questions import question, step_of

GIT = "git.credentials"
ENDING = (
    "{names} with this program. Give them again in {variables}, or set CATALYST_VAULT_PASSWORD "
    "before this command, so that the vault file keeps them."
)


class Secrets:
    """Asks for the pool's key and the repository's token."""

    def __init__(self, sheet: Sheet, console: Console) -> None:
        self._sheet = sheet
        self._backend = sheet.wizard.backend
        self._console = console
        self._passing: set[str] = set()

    @property
    def _fqdn(self) -> str:
        return self._sheet.wizard.judged.fqdn

    async def name(self) -> bool:
        """Say what is known of the name, and ask for the pool's key while that keeps it unknown.

        Returns whether to go on: not where the label is another's, or the operator wants back.
        """
        while (report := await self._report()) is not None:
            what, then, _ = name_said(report)
            self._console.say(f"{what} {then}".strip())
            if not {each.code for each in report.findings} & NEEDS_KEY:
                return report.state != "taken"
            values = []
            for each in POOL_KEYS:
                value = await self._hidden(each)
                if value in ("", BACK):
                    return not value
                values.append(value)
            for each, value in zip(POOL_KEYS, values, strict=True):
                if await self._keep(each, value) is None:
                    return True
        return True

    async def git(self) -> bool:
        """Ask for the token of a repository over https; returns whether to go on."""
        if not str(self._sheet.get("source.url")).startswith("https://") or not self._fqdn:
            return True
        held = await self._kept(_stored(GIT))
        while True:
            value = await self._hidden(GIT, "the known one" if held else "")
            if value in ("", BACK):
                return not value
            state = await self._keep(GIT, value)
            if state is not None:
                self._console.say(f"Kept in {state.kept}.")
                return True

    def ending(self) -> str:
        """Return what to do about secrets that end with this program, or nothing."""
        if not self._passing:
            return ""
        found = [SECRETS[name] for name in sorted(self._passing)]
        names = " and ".join(f"the {each.title}" for each in found)
        verb = "end" if len(found) > 1 else "ends"
        variables = " and ".join(str(each.variable) for each in found)
        return ENDING.format(names=f"{names[:1].upper()}{names[1:]} {verb}", variables=variables)

    async def _report(self) -> NameReport | None:
        try:
            return await self._backend.name_report(self._sheet.wizard.answers)
        except CatalystError as error:
            self._console.say(sentence(error))
            return None

    async def _kept(self, name: str) -> bool:
        try:
            found = await self._backend.secrets(self._fqdn)
        except CatalystError as error:
            self._console.say(sentence(error))
            return False
        return any(each.name == name and each.present for each in found)

    async def _hidden(self, answers: str, usual: str = "go on without") -> str:
        """Return what is typed, BACK, or nothing for Enter."""
        asked = question(answers)
        self._console.say()
        self._console.say(f"{asked.title}. {asked.hint}")
        while True:
            prompt = f"{asked.title}, not shown [{usual or 'go on without'}]: "
            text = (await self._console.read(prompt, secret=True)).strip()
            if text != HELP:
                return text
            self._console.say(step_of(asked.step).help)

    async def _keep(self, answers: str, value: str) -> SecretState | None:
        name = _stored(answers)
        try:
            state = await self._backend.keep_secret(self._fqdn, name, value)
        except CatalystError as error:
            self._console.say(sentence(error))
            return None
        self._passing = self._passing | {name} if state.passing else self._passing - {name}
        return state


def _stored(answers: str) -> str:
    """Return the name under which a secret is kept."""
    return answers.replace(".", "_")
