"""The engine as the screens see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from provisioner.clock import Clock
from provisioner.home import Home
from screens.ports import (
    Alternative,
    Answers,
    Backend,
    Entry,
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

    from provisioner.drafts import Draft
    from provisioner.facts import Finding, Price
    from provisioner.view import View
    from screens.ports_cluster import ClusterPort


class RehearsalOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a rehearsal was asked to be."""

    scenario: str | None = None
    speed: float | None = None
    answers: Path | None = None
    """The operator's own answers; None means the example."""


class EngineBackend:
    """One home: the operator's own, or the rehearsed one inside it."""

    def __init__(self, top: Home, rehearsal: RehearsalOptions | None = None) -> None:
        self.top = top
        self.options = rehearsal
        self.home = top if rehearsal is None else top.rehearsal
        self.clock = Clock()
        """The clock of the world that was met last."""
        self._rehearsal: EngineBackend | None = None
        self._parts: dict[str, Any] = {}
        self._clusters: dict[str, ClusterPort] = {}

    @property
    def rehearsed(self) -> bool:
        """Whether this is the rehearsed home."""
        return self.options is not None

    @property
    def rehearsal(self) -> Backend | None:
        """The rehearsed home inside the operator's own."""
        if self.rehearsed:
            return None
        if self._rehearsal is None:
            self._rehearsal = EngineBackend(self.top, RehearsalOptions())
        return self._rehearsal

    def now(self) -> datetime:
        """Return the present moment of the world that was met last."""
        return self.clock.now()

    async def _part(self, module: str, name: str) -> Any:
        """Return a part of this backend; its module is imported in a thread the first time."""
        if name not in self._parts:
            found = await asyncio.to_thread(import_module, f"catalyst_tui.backend.{module}")
            # Another task may have been faster meanwhile; there is one part of each kind.
            self._parts.setdefault(name, getattr(found, name)(self))
        return self._parts[name]

    async def part_answers(self) -> Any:
        """Return who judges answers and keeps drafts."""
        return await self._part("answers", "AnswersDesk")

    async def part_keys(self) -> Any:
        """Return who keeps secrets."""
        return await self._part("keys", "KeyDesk")

    async def part_names(self) -> Any:
        """Return who asks about names and addresses."""
        return await self._part("names", "NameDesk")

    async def part_runs(self) -> Any:
        """Return who starts runs."""
        return await self._part("runs", "RunDesk")

    async def part_cloud(self) -> Any:
        """Return who asks Hetzner."""
        return await self._part("cloud", "CloudDesk")

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield what this home holds, live Sovereigns first."""
        from catalyst_tui.backend.listing import listed

        for entry in await asyncio.to_thread(listed, self.home, rehearsed=self.rehearsed):
            yield entry

    async def prepare(self) -> AsyncIterator[Tools]:
        """Find or make the programs, and yield how far that is."""
        runs = await self.part_runs()
        async for tools in runs.prepare():
            yield tools

    async def draft(self, draft_id: str | None) -> Draft:
        """Return a stored draft, or a new one."""
        desk = await self.part_answers()
        found: Draft = await desk.draft(draft_id)
        return found

    async def save(self, draft: Draft) -> None:
        """Keep a draft."""
        await (await self.part_answers()).save(draft)

    async def forget(self, draft_id: str) -> None:
        """Remove a draft."""
        await (await self.part_answers()).forget(draft_id)

    async def answers_of(self, fqdn: str) -> Answers:
        """Return the answers that a Sovereign was made from."""
        found: Answers = await (await self.part_answers()).answers_of(fqdn)
        return found

    async def forget_sovereign(self, fqdn: str) -> None:
        """Remove what is kept of a Sovereign of which nothing is rented."""
        await (await self.part_keys()).forget(fqdn)

    async def check(self, answers: Answers) -> Judged:
        """Judge the form of answers, and the rules of the house."""
        judged: Judged = (await self.part_answers()).check(answers)
        return judged

    async def pools(self) -> tuple[str, ...]:
        """Return the domains under which a label can be taken."""
        pools: tuple[str, ...] = (await self.part_answers()).settings.pools
        return pools

    async def secrets(self, fqdn: str) -> tuple[SecretState, ...]:
        """Return where each secret stands."""
        found: tuple[SecretState, ...] = await (await self.part_keys()).survey(fqdn)
        return found

    async def keep_secret(self, fqdn: str, name: str, value: str) -> SecretState:
        """Keep a secret in the best place that this machine has."""
        kept: SecretState = await (await self.part_keys()).keep(fqdn, name, value)
        return kept

    async def carry_token(self, before: str, fqdn: str) -> None:
        """Keep a token under a Sovereign's new name."""
        await (await self.part_keys()).carry(before, fqdn)

    async def passphrase(self, fqdn: str) -> SecretStr:
        """Return the passphrase of a Sovereign's state; raises CredentialError."""
        ladder = await (await self.part_keys()).ladder(fqdn)
        found: SecretStr = await ladder.require("state_passphrase")
        return found

    async def keeping(self, fqdn: str) -> Keeping:
        """Return where secrets can be kept on this machine now."""
        found: Keeping = await (await self.part_keys()).keeping(fqdn)
        return found

    async def open_vault(self, password: str) -> None:
        """Open the vault, made first if there is none."""
        await (await self.part_keys()).open_vault(password)

    async def keep_at(self, fqdn: str, rung: str) -> None:
        """Move a Sovereign's secrets to another store."""
        await (await self.part_keys()).keep_at(fqdn, rung)

    async def way_out(self) -> str | None:
        """Return the network from which this host reaches the internet."""
        found: str | None = await (await self.part_names()).way_out()
        return found

    async def name_report(self, answers: Answers) -> NameReport:
        """Ask the registrar, or the zone's servers, about the chosen name."""
        report: NameReport = await (await self.part_names()).report(answers)
        return report

    async def probe_token(self, fqdn: str) -> TokenReport:
        """Ask Hetzner what the kept token may do."""
        report: TokenReport = await (await self.part_cloud()).probe(fqdn)
        return report

    async def market(self, fqdn: str, *, fresh: bool = False) -> Market:
        """Return what can be rented."""
        market: Market = await (await self.part_cloud()).market(fqdn, fresh=fresh)
        return market

    async def alternatives(self, answers: Answers) -> tuple[Alternative, ...]:
        """Return what could be rented instead of the chosen type."""
        found: tuple[Alternative, ...] = await (await self.part_cloud()).alternatives(answers)
        return found

    async def estimate(self, answers: Answers) -> Price | None:
        """Return what this sizing costs a month."""
        price: Price | None = await (await self.part_cloud()).estimate(answers)
        return price

    async def reality(self, answers: Answers) -> tuple[Finding, ...]:
        """Return what Hetzner holds against these answers."""
        found: tuple[Finding, ...] = await (await self.part_cloud()).reality(answers)
        return found

    async def export(self, answers: Answers, path: str) -> tuple[str, ...]:
        """Write the answers to a file with their schema."""
        found: tuple[str, ...] = await (await self.part_answers()).export(answers, path)
        return found

    async def plan(self, answers: Answers) -> str:
        """Start a runner that plans and stops."""
        fqdn: str = await (await self.part_runs()).plan(answers)
        return fqdn

    async def apply(self, fqdn: str, sha256: str) -> None:
        """Start a runner that applies exactly this plan."""
        await (await self.part_runs()).apply(fqdn, sha256)

    async def resume(self, fqdn: str, *, wait_for_stock: bool = False) -> None:
        """Start a runner that goes on where the last one ended."""
        await (await self.part_runs()).resume(fqdn, wait_for_stock=wait_for_stock)

    async def change(self, fqdn: str, assignments: Sequence[str]) -> None:
        """Put each ``key=value`` into the answers of a Sovereign."""
        await (await self.part_runs()).change(fqdn, assignments)

    async def look_again(self, fqdn: str) -> None:
        """Start a runner that looks at the name, and from outside, once more."""
        await (await self.part_runs()).look_again(fqdn)

    async def destroy(
        self, fqdn: str, *, keep_volumes: bool | None = None, unprotect: bool = False
    ) -> None:
        """Start a runner that takes everything down."""
        runs = await self.part_runs()
        await runs.destroy(fqdn, keep_volumes=keep_volumes, unprotect=unprotect)

    async def list_inventory(self, fqdn: str) -> None:
        """Start a runner that lists what a destroy would take down."""
        await (await self.part_runs()).list_inventory(fqdn)

    async def follow(self, fqdn: str) -> AsyncIterator[View]:
        """Yield the fold of the journal after each batch, until the newest run has finished."""
        from catalyst_tui.backend.following import followed, world_clock

        folder = self.home.sovereign(fqdn)
        self.clock = await asyncio.to_thread(world_clock, folder)
        async for view in followed(folder):
            yield view

    async def another_run(self, fqdn: str, after: int) -> None:
        """Return once a run began behind this place in the journal, whoever began it."""
        from catalyst_tui.backend.following import another_run

        await another_run(self.home.sovereign(fqdn), after)

    async def logs(self, fqdn: str) -> AsyncIterator[RawLines]:
        """Yield what its programs and its journal say, for ever; secrets that are known masked."""
        from catalyst_tui.backend.following import world_clock
        from catalyst_tui.backend.log_reader import read_logs

        redactor = await (await self.part_keys()).redactor(fqdn)
        folder = self.home.sovereign(fqdn)
        clock = await asyncio.to_thread(world_clock, folder)
        async for lines in read_logs(folder, redactor.text, clock):
            yield lines

    async def cancel(self, fqdn: str, *, force: bool) -> bool:
        """Ask the live run to end."""
        from provisioner.attach import cancel

        return await asyncio.to_thread(cancel, self.home.sovereign(fqdn), force=force)

    async def keep_lines(self, fqdn: str, lines: Sequence[str]) -> str:
        """Write lines to a new file where the operator works; returns its path."""
        from catalyst_tui.backend.keeping import keep_lines

        return await asyncio.to_thread(keep_lines, fqdn, lines)

    def cluster(self, fqdn: str) -> ClusterPort:
        """Return the cluster of a Sovereign, to be visited beside its run."""
        from catalyst_tui.backend.cluster import ClusterDesk

        if fqdn not in self._clusters:
            self._clusters[fqdn] = ClusterDesk(self, self.home.sovereign(fqdn))
        return self._clusters[fqdn]
