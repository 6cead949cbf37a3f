"""What Hetzner says, for the conversation: about the token, what there is to choose, what holds."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from catalyst_tui.plain.console import Console
from catalyst_tui.plain.sheet import Sheet
from provisioner.credentials import check_token
from provisioner.errors import CatalystError
from provisioner.facts import Finding
from screens.drawing.sizing import offered
from screens.drawing.values import gigabytes, money
from screens.opening import sentence
from screens.ports import Market, SecretState, ServerKind
from screens.questions import Question
from screens.wizard import concerns

TOKEN = "hcloud_token"  # noqa: S105  (a name)
WITHOUT = "Going on without it: names of locations and types are checked by `catalyst plan`."
Options = Sequence[tuple[str, str]]


class Cloud:
    """Asks Hetzner with the token that the operator gave."""

    def __init__(self, sheet: Sheet, console: Console) -> None:
        self._sheet = sheet
        self._backend = sheet.wizard.backend
        self._console = console
        self._market: Market | None = None
        self.token: SecretState | None = None

    @property
    def _fqdn(self) -> str:
        return self._sheet.wizard.judged.fqdn

    async def look(self) -> None:
        """Find out whether there is a token."""
        try:
            found = {each.name: each for each in await self._backend.secrets(self._fqdn)}
        except CatalystError as error:
            self._console.say(sentence(error))
            return
        token = found.get(TOKEN)
        self.token = token if token is not None and token.present else None

    async def keep(self, value: str) -> bool:
        """Keep a token where this machine keeps secrets best; returns whether it can be one.

        What has another form is refused before it replaces a token that may be good.
        """
        wrong = check_token(SecretStr(value))
        for each in wrong:
            self._console.say(f"{each.reason} {each.remedy}")
        if not wrong:
            try:
                self.token = await self._backend.keep_secret(self._fqdn, TOKEN, value)
            except CatalystError as error:
                self._console.say(sentence(error))
                return False
        return not wrong

    async def try_token(self) -> bool:
        """Say what Hetzner says to the token; returns whether it may write."""
        self._console.say("Asking Hetzner what the token may do.")
        try:
            report = await self._backend.probe_token(self._fqdn)
        except CatalystError as error:
            self._console.say(sentence(error))
            return False
        if report.problem is not None:
            self._console.say(report.problem.brief)
            return False
        kept = f", and is kept in {self.token.kept}" if self.token and self.token.kept else ""
        servers = f"{report.servers} server{'' if report.servers == 1 else 's'}"
        self._console.say(f"The token may write{kept}. Its project has {servers}.")
        return True

    async def open(self) -> None:
        """Read what can be rented; a conversation without it goes on by names alone."""
        if self._market is not None:
            return
        try:
            self._market = await self._backend.market(self._fqdn)
        except CatalystError as error:
            self._console.say(f"{sentence(error)} {WITHOUT}")

    async def options(self, question: Question) -> Options:
        """Return what there is to choose from."""
        if question.answers == "domain.pool":
            return [(pool, "") for pool in await self._backend.pools()]
        if question.answers == "access.operator_cidrs":
            network = await self._backend.way_out()
            return [(network, "by which this host reaches the internet")] if network else ()
        market, last = self._market, question.answers.rpartition(".")[2]
        if market is None or question.options or question.step not in ("sizing", "workers"):
            return question.options
        if last == "location":
            return [
                (site.name, f"{site.city}, {site.country}, {site.zone}") for site in market.sites
            ]
        if last != "type":
            return ()
        own = self._sheet.get(f"{question.answers.removesuffix('type')}location")
        here = own or self._sheet.get("sizing.location") or ""
        kinds = offered(market, here, "", "price")
        return [(kind.name, told(kind, here, market.currency)) for kind in kinds]

    async def against(self, answers: str) -> list[Finding]:
        """Return what reality holds against one answer, or against all where none is named."""
        answers_now = self._sheet.wizard.answers
        try:
            found = await self._backend.reality(answers_now)
            if not answers or answers.startswith("domain."):
                found += (await self._backend.name_report(answers_now)).findings
        except CatalystError as error:
            self._console.say(sentence(error))
            return []
        return [each for each in found if not answers or concerns(each, answers)]


def told(kind: ServerKind, site: str, currency: str) -> str:
    """Return a server type in one line that can be read aloud."""
    cores = f"{kind.cores} core{'' if kind.cores == 1 else 's'} {kind.cpu}"
    memory = f"{gigabytes(kind.memory)} memory, {kind.disk} GB disk"
    price = f"{money(kind.monthly[site])} {currency} a month net"
    stock = "" if site in kind.stock else ", no stock here now"
    return f"{cores} {kind.architecture}, {memory}, {price}{stock}"
