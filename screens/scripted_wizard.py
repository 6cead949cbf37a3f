"""The wizard's half of the scripted backend: answers, secrets, names, the market.

What the script says comes at once; methods that it names as silent never answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import structs

from provisioner.cluster.detail import Detail
from provisioner.drafts import Draft
from provisioner.errors import CatalystError, CredentialError
from provisioner.events import Event
from provisioner.facts import Finding, Price, PriceLine
from screens.ports import (
    Alternative,
    Answers,
    Judged,
    Keeping,
    Market,
    NameReport,
    RawLines,
    SecretState,
    TokenReport,
    Tools,
)

if TYPE_CHECKING:
    from pydantic import SecretStr

    from provisioner.handoff import Administrator
from provisioner.remedies import Remedy

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Script:
    """What the world does when it is asked."""

    market: Market | None = None
    secrets: tuple[SecretState, ...] = ()
    token: TokenReport = field(default_factory=TokenReport)
    keeping: Keeping = field(
        default_factory=lambda: Keeping(rungs=("vault", "memory"), vault="open", lasting=True)
    )
    passphrase: SecretStr | None = None
    """Of the state."""
    password: str = ""
    """What opens the vault, where there is one."""
    name: NameReport = field(default_factory=NameReport)
    way_out: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    refusing: Mapping[str, CatalystError] = field(default_factory=dict)
    """By name of a method of the backend: what it raises."""
    silent: frozenset[str] = frozenset()
    """Methods of the backend that never answer."""
    tools: tuple[Tools, ...] = (Tools(ready=True),)
    findings: tuple[Finding, ...] = ()
    pools: tuple[str, ...] = ("omani.works", "openova.io")
    plan: Sequence[Event] = ()
    """Events of a run that plans."""
    apply: Sequence[Event] = ()
    resume: Sequence[Event] = ()
    destroy: Sequence[Event] = ()
    inventory: Sequence[Event] = ()
    """What a look at what exists finds; nothing is played where it is empty."""
    look_again: Sequence[Event] = ()
    administrator: Administrator | None = None
    """Who is read from the cluster; None where there is none."""
    logs: Sequence[RawLines] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)
    """By component: what its cluster says of it."""
    container: Sequence[str] = ()
    """The log of every container."""
    troubles: Mapping[str, Remedy] = field(default_factory=dict)
    """By name: entries of Home that cannot be read."""


class ScriptedWizard:
    """Answers what the wizard asks."""

    def __init__(self, script: Script, drafts: Iterable[Draft] = ()) -> None:
        self.script = script
        self.drafts = {draft.id: draft for draft in drafts}
        self.asked: list[str] = []
        """What the screens asked to be done, in order."""

    async def draft(self, draft_id: str | None) -> Draft:
        """Return a stored draft, or an empty one."""
        if draft_id is None:
            return Draft(id="0" * 16, saved=NOON, step="organisation", answers={})
        return self.drafts[draft_id]

    async def save(self, draft: Draft) -> None:
        """Keep a draft in memory."""
        self.drafts[draft.id] = draft

    async def forget(self, draft_id: str) -> None:
        """Remove a draft."""
        self.drafts.pop(draft_id, None)

    async def check(self, answers: Answers) -> Judged:
        """Judge answers by the real rules."""
        from screens.judging import judged

        return judged(answers)

    async def pools(self) -> tuple[str, ...]:
        """Return the script's pools."""
        return self.script.pools

    async def _answer(self, method: str) -> None:
        """Refuse or wait for ever, where the script says so."""
        if method in self.script.refusing:
            raise self.script.refusing[method]
        if method in self.script.silent:
            await asyncio.Event().wait()

    async def answers_of(self, _fqdn: str) -> Answers:
        """Return the answers of the first draft: a script has one story."""
        return next((each.answers for each in self.drafts.values()), {})

    async def carry_token(self, before: str, fqdn: str) -> None:
        """Note that a token moved to another name."""
        self.asked.append(f"carry {before} {fqdn}")

    async def passphrase(self, _fqdn: str) -> SecretStr:
        """Return the script's passphrase of the state."""
        await self._answer("passphrase")
        if self.script.passphrase is None:
            raise CredentialError("vault_locked", path="vault")
        return self.script.passphrase

    async def keeping(self, _fqdn: str) -> Keeping:
        """Return where the script keeps secrets."""
        return self.script.keeping

    async def open_vault(self, password: str) -> None:
        """Open the vault if the password is the script's, or make one; raises CredentialError."""
        await self._answer("open_vault")
        if self.script.keeping.vault == "closed" and password != self.script.password:
            raise CredentialError("vault_wrong_password", path="vault")
        self.asked.append("open vault")
        self.script.keeping = Keeping(rungs=("vault", "memory"), vault="open", lasting=True)
        self.script.refusing = {}
        self._move("vault")

    async def keep_at(self, _fqdn: str, rung: str) -> None:
        """Note where secrets are to be kept."""
        self.asked.append(f"keep at {rung}")
        self._move(rung)

    def _move(self, rung: str) -> None:
        words = {"vault": "the vault file", "memory": "memory alone, until this program ends"}
        self.script.secrets = tuple(
            structs.replace(each, kept=words.get(rung, rung), passing=rung == "memory")
            if each.present
            else each
            for each in self.script.secrets
        )

    async def way_out(self) -> str | None:
        """Return the script's network."""
        await self._answer("way_out")
        return self.script.way_out

    async def name_report(self, answers: Answers) -> NameReport:
        """Return the script's answer, for the name that was asked about."""
        await self._answer("name_report")
        return structs.replace(self.script.name, fqdn=(await self.check(answers)).fqdn)

    async def alternatives(self, _answers: Answers) -> tuple[Alternative, ...]:
        """Return the script's alternatives."""
        return self.script.alternatives

    async def export(self, _answers: Answers, path: str) -> tuple[str, ...]:
        """Note what was asked for, and return the commands that would go on."""
        await self._answer("export")
        self.asked.append(f"export {path}")
        return (f"catalyst plan --answers {path}",)

    async def secrets(self, _fqdn: str) -> tuple[SecretState, ...]:
        """Return the script's secrets."""
        await self._answer("secrets")
        return self.script.secrets

    async def keep_secret(self, _fqdn: str, name: str, value: str) -> SecretState:
        """Say that a secret is kept; the value goes nowhere."""
        await self._answer("keep_secret")
        self.asked.append(f"keep {name}")
        return SecretState(name=name, present=True, kept="memory", ending=value[-4:])

    async def probe_token(self, _fqdn: str) -> TokenReport:
        """Return the script's answer."""
        await self._answer("probe_token")
        return self.script.token

    async def market(self, _fqdn: str, *, fresh: bool = False) -> Market:
        """Return the script's market; raises CatalystError where it has none."""
        if fresh:
            self.asked.append("market again")
        await self._answer("market")
        if self.script.market is None:
            raise CatalystError("hetzner_unreachable", endpoint="the script", reason="no market")
        return self.script.market

    async def estimate(self, answers: Answers) -> Price | None:
        """Return the price of the chosen servers, from the script's market."""
        market, sizing = self.script.market, answers.get("sizing", {})
        if market is None:
            return None
        kinds = {kind.name: kind for kind in market.kinds}
        site = sizing.get("location", "")
        groups = [sizing.get("control_plane", {}), *(sizing.get("workers") or ())]
        lines = []
        for group in groups:
            kind = kinds.get(group.get("type", ""))
            if kind is None or site not in kind.monthly:
                return None
            count, monthly = int(group.get("count") or 1), kind.monthly[site]
            lines.append(_price_line(kind.name, count, monthly))
        total = sum((Decimal(line.monthly) * line.count for line in lines), Decimal(0))
        hourly = str((total / 730).quantize(Decimal("0.0001")))
        return Price(
            currency=market.currency,
            vat_rate="19",
            monthly=str(total),
            hourly=hourly,
            lines=tuple(lines),
        )

    async def reality(self, _answers: Answers) -> tuple[Finding, ...]:
        """Return the script's findings."""
        return self.script.findings


def _price_line(name: str, count: int, monthly: Decimal) -> PriceLine:
    hourly = str((monthly / 730).quantize(Decimal("0.0001")))
    return PriceLine(kind="server", type=name, count=count, monthly=str(monthly), hourly=hourly)
