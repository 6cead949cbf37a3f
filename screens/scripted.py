"""A backend that plays a script: the fake that stands in for the engine, in tests and pictures.

Its runs are lists of events, fed at once or one after another; whole recorded runs can be replayed.
Nothing is started, nothing is asked, nothing is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from provisioner.cluster.actions import Acted
from provisioner.cluster.detail import Container, Detail
from provisioner.drafts import Draft
from provisioner.errors import CatalystError
from provisioner.events import Event, Recorded, RunStarted
from provisioner.facts import Finding, Price, PriceLine
from provisioner.folding import fold
from provisioner.handoff import Administrator
from provisioner.remedies import explain
from provisioner.view import View
from screens.ports import (
    Answers,
    Backend,
    Entry,
    Judged,
    Market,
    RawLines,
    SecretState,
    TokenReport,
    Tools,
)

if TYPE_CHECKING:
    from provisioner.remedies import Remedy

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Script:
    """What the world does when it is asked."""

    market: Market | None = None
    secrets: tuple[SecretState, ...] = ()
    token: TokenReport = field(default_factory=TokenReport)
    tools: tuple[Tools, ...] = (Tools(ready=True),)
    findings: tuple[Finding, ...] = ()
    pools: tuple[str, ...] = ("omani.works", "openova.io")
    plan: Sequence[Event] = ()
    """Events of a run that plans."""
    apply: Sequence[Event] = ()
    resume: Sequence[Event] = ()
    destroy: Sequence[Event] = ()
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


class ScriptedBackend:
    """Plays a script by a clock that stands still until it is told to move."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        now: datetime = NOON,
        rehearsed: bool = True,
        drafts: Iterable[Draft] = (),
    ) -> None:
        self.script = script or Script()
        self.time = now
        self.rehearsed = rehearsed
        self.rehearsal: Backend | None = None
        self.drafts = {draft.id: draft for draft in drafts}
        self.journals: dict[str, list[Recorded]] = {}
        self.alive: set[str] = set()
        self.asked: list[str] = []
        """What the screens asked to be done, in order."""
        self._grown = asyncio.Condition()

    def now(self) -> datetime:
        """Return the script's time."""
        return self.time

    def record(self, fqdn: str, events: Iterable[Event], at: datetime | None = None) -> None:
        """Append events to a journal, all at one moment."""
        journal = self.journals.setdefault(fqdn, [])
        for event in events:
            journal.append(Recorded(len(journal) + 1, at or self.time, fqdn, event))

    async def feed(self, fqdn: str, *events: Event, at: datetime | None = None) -> None:
        """Append events and tell those who follow."""
        self.record(fqdn, events, at)
        async with self._grown:
            self._grown.notify_all()

    async def replay(self, fqdn: str, recorded: Iterable[Recorded]) -> None:
        """Append what another journal holds, with its own times."""
        for each in recorded:
            self.time = max(self.time, each.at)
            await self.feed(fqdn, each.event, at=each.at)

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield live Sovereigns, then others, then drafts, then what cannot be read."""
        for fqdn in sorted(self.journals, key=lambda name: (name not in self.alive, name)):
            yield Entry(
                name=fqdn,
                rehearsed=self.rehearsed,
                view=self._view(fqdn),
                alive=fqdn in self.alive,
                now=self.time,
            )
        for draft in self.drafts.values():
            name = str(draft.answers.get("organisation", {}).get("name") or "unnamed")
            yield Entry(name=name, rehearsed=self.rehearsed, draft=draft, now=self.time)
        for name, remedy in self.script.troubles.items():
            yield Entry(name=name, rehearsed=self.rehearsed, trouble=remedy)

    def _view(self, fqdn: str) -> View:
        return fold(View(fqdn=fqdn), self.journals[fqdn])

    async def prepare(self) -> AsyncIterator[Tools]:
        """Yield the script's steps."""
        for each in self.script.tools:
            yield each

    async def draft(self, draft_id: str | None) -> Draft:
        """Return a stored draft, or an empty one."""
        if draft_id is None:
            return Draft(id="0" * 16, saved=self.time, step="organisation", answers={})
        return self.drafts[draft_id]

    async def save(self, draft: Draft) -> None:
        """Keep a draft in memory."""
        self.drafts[draft.id] = draft

    async def forget(self, draft_id: str) -> None:
        """Remove a draft."""
        self.drafts.pop(draft_id, None)

    async def check(self, answers: Answers) -> Judged:
        """Judge answers by the real rules."""
        from provisioner.answers import partial_check
        from provisioner.spec import slug_of

        spec, findings = partial_check(answers)
        domain = answers.get("domain", {})
        fqdn = domain.get("fqdn") or ""
        if domain.get("mode") == "pool" and domain.get("label") and domain.get("pool"):
            fqdn = f"{domain['label']}.{domain['pool']}"
        return Judged(findings=findings, spec=spec, fqdn=fqdn, slug=slug_of(fqdn) if fqdn else "")

    async def pools(self) -> tuple[str, ...]:
        """Return the script's pools."""
        return self.script.pools

    async def secrets(self, _fqdn: str) -> tuple[SecretState, ...]:
        """Return the script's secrets."""
        return self.script.secrets

    async def keep_secret(self, _fqdn: str, name: str, value: str) -> SecretState:
        """Say that a secret is kept; the value goes nowhere."""
        self.asked.append(f"keep {name}")
        return SecretState(name=name, present=True, kept="memory", ending=value[-4:])

    async def probe_token(self, _fqdn: str) -> TokenReport:
        """Return the script's answer."""
        return self.script.token

    async def market(self, _fqdn: str) -> Market:
        """Return the script's market; raises CatalystError where it has none."""
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

    async def plan(self, answers: Answers) -> str:
        """Play the run that plans."""
        fqdn = (await self.check(answers)).fqdn
        await self._play(fqdn, "plan", self.script.plan)
        return fqdn

    async def apply(self, fqdn: str, sha256: str) -> None:
        """Play the run that applies."""
        await self._play(fqdn, f"apply {sha256[:4]}", self.script.apply)

    async def resume(self, fqdn: str, *, wait_for_stock: bool = False) -> None:
        """Play the run that goes on."""
        command = "resume waiting" if wait_for_stock else "resume"
        await self._play(fqdn, command, self.script.resume)

    async def change(self, _fqdn: str, assignments: Sequence[str]) -> None:
        """Note which answers were changed."""
        self.asked += [f"set {each}" for each in assignments]

    async def look_again(self, fqdn: str) -> None:
        """Play the look from outside."""
        await self._play(fqdn, "dns", self.script.look_again)

    async def destroy(
        self, fqdn: str, *, keep_volumes: bool | None = None, unprotect: bool = False
    ) -> None:
        """Play the run that takes everything down."""
        volumes = {None: "", True: " keeping volumes", False: " with volumes"}[keep_volumes]
        command = f"destroy{volumes}{' unprotected' if unprotect else ''}"
        await self._play(fqdn, command, self.script.destroy)

    async def _play(self, fqdn: str, command: str, events: Sequence[Event]) -> None:
        self.asked.append(command)
        await self.feed(fqdn, run_started(command.split()[0]), *events)

    async def follow(self, fqdn: str) -> AsyncIterator[View]:
        """Yield the fold after each feed, until the newest run has finished."""
        view, seen = View(fqdn=fqdn), 0
        while True:
            journal = self.journals.get(fqdn, [])
            fold(view, journal[seen:])
            seen = len(journal)
            yield view
            if view.outcome is not None or view.interrupted:
                return
            async with self._grown:
                while len(self.journals[fqdn]) == seen:
                    await self._grown.wait()

    async def logs(self, _fqdn: str) -> AsyncIterator[RawLines]:
        """Yield the script's lines."""
        for each in self.script.logs:
            yield each

    async def cancel(self, _fqdn: str, *, force: bool) -> bool:
        """Note that a run was asked to end."""
        self.asked.append("force" if force else "cancel")
        return True

    async def keep_lines(self, _fqdn: str, lines: Sequence[str]) -> str:
        """Note that lines were to be saved."""
        self.asked.append(f"keep {len(lines)} lines")
        return "./oman.log"

    def cluster(self, _fqdn: str) -> ScriptedCluster:
        """Return the script's cluster."""
        return ScriptedCluster(self.script, self.asked)


class ScriptedCluster:
    """Answers from the script, and notes what it is asked to do."""

    def __init__(self, script: Script, asked: list[str]) -> None:
        self._script = script
        self._asked = asked

    async def details(self, component: str) -> AsyncIterator[Detail]:
        """Yield what the script says of a component."""
        if component not in self._script.details:
            raise CatalystError("sovereign_not_met", fqdn="the script")
        yield self._script.details[component]

    async def log(self, _container: Container) -> AsyncIterator[Sequence[str]]:
        """Yield the script's lines."""
        yield self._script.container

    async def reconcile(self, component: str) -> Sequence[Acted]:
        """Note what was asked."""
        self._asked.append(f"reconcile {component}")
        return [Acted(kind="HelmRelease", namespace=component, name=component, asked="reconcile")]

    async def suspend(self, component: str, *, suspended: bool) -> Sequence[Acted]:
        """Note what was asked."""
        asked = "suspend" if suspended else "resume"
        self._asked.append(f"{asked} {component}")
        return [Acted(kind="HelmRelease", namespace=component, name=component, asked=asked)]

    async def administrator(self) -> Administrator:
        """Return the script's first administrator."""
        self._asked.append("administrator")
        if self._script.administrator is None:
            raise CatalystError("handoff_no_administrator", secret="keycloak-admin")  # noqa: S106  a name
        return self._script.administrator


def run_started(command: str, number: int = 1) -> RunStarted:
    """Return the start of a scripted run."""
    return RunStarted(
        run=number,
        command=command,
        world="rehearsal",
        version="0",
        spec_digest="",
        pid=1,
        process_start=1,
        boot_id="",
    )


def trouble(code: str, **facts: str) -> Remedy:
    """Return what an entry that cannot be read says."""
    return explain(code, facts)


def _price_line(name: str, count: int, monthly: Decimal) -> PriceLine:
    hourly = str((monthly / 730).quantize(Decimal("0.0001")))
    return PriceLine(kind="server", type=name, count=count, monthly=str(monthly), hourly=hourly)
