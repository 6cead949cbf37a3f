"""Names and addresses: whether a label can be had, who answers for a domain, how this host leaves.

What was asked once is kept for a while, so that typing does not ask the registrar at each key.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from provisioner.answers_findings import finding
from provisioner.checks.domain import (
    POOL,
    check_standing,
    known_owner,
    look_at_own,
    read_zone,
)
from provisioner.checks.wanted import chosen_fqdn
from provisioner.dns.pool import Standing, standing
from provisioner.dns.present import Present
from provisioner.dns.records import Zone
from provisioner.errors import DnsError
from provisioner.facts import Finding, Severity
from provisioner.outside.way_out import way_out
from screens.ports import Answers, NameReport

if TYPE_CHECKING:
    from catalyst_tui.backend.engine import EngineBackend

FRESH = 60.0
"""Real seconds for which an answer is good enough while one chooses; preflight asks again."""


class NameDesk:
    """Asks about the names of one home's Sovereigns."""

    def __init__(self, backend: EngineBackend) -> None:
        self._backend = backend
        self._zones: dict[str, tuple[float, Zone]] = {}
        self._own: dict[tuple[str, str], tuple[float, NameReport]] = {}
        self._way_out: asyncio.Task[str | None] | None = None

    async def way_out(self) -> str | None:
        """Return the network from which this host reaches the internet; asked once."""
        if self._way_out is None:
            world = await (await self._backend.part_runs()).world()
            self._way_out = asyncio.create_task(way_out(world))
        # Whoever asked first may be gone; the answer serves the next one.
        return await asyncio.shield(self._way_out)

    async def report(self, answers: Answers) -> NameReport:
        """Return what is known of the chosen name; raises CredentialError, RehearsalError."""
        fqdn = chosen_fqdn(answers)
        if fqdn is None:
            return NameReport()
        domain = answers["domain"]
        if domain["mode"] == "own":
            issuer = (answers.get("certificates") or {}).get("issuer") or "production"
            return await self._of_own(fqdn, str(issuer))
        return await self._of_pool(fqdn, str(domain["label"]), str(domain["pool"]))

    async def _of_own(self, fqdn: str, issuer: str) -> NameReport:
        held = self._own.get((fqdn, issuer))
        if held is not None and time.monotonic() - held[0] < FRESH:
            return held[1]
        world = await (await self._backend.part_runs()).world()
        report = _own_report(fqdn, *await look_at_own(world, fqdn, issuer))
        if report.state == "found":
            self._own[fqdn, issuer] = time.monotonic(), report
        return report

    async def _of_pool(self, fqdn: str, label: str, pool: str) -> NameReport:
        try:
            zone = await self._zone(fqdn, pool)
        except DnsError as error:
            found = finding(error.code, POOL, pool, error.facts, severity=Severity.WARNING)
            return NameReport(fqdn=fqdn, zone=pool, findings=(found,))
        folder = self._backend.home.sovereign(fqdn)
        owner = await asyncio.to_thread(known_owner, folder)
        findings = check_standing(zone, label, owner)
        return NameReport(
            fqdn=fqdn,
            state=_state(findings, standing(zone, label, owner)),
            zone=pool,
            findings=findings,
        )

    async def _zone(self, fqdn: str, pool: str) -> Zone:
        held = self._zones.get(pool)
        if held is not None and time.monotonic() - held[0] < FRESH:
            return held[1]
        ladder = await (await self._backend.part_keys()).ladder(fqdn)
        key, secret = await ladder.get("dynadot_key"), await ladder.get("dynadot_secret")
        if key is None or secret is None:
            raise DnsError("dns_key_missing", zone=pool)
        world = await (await self._backend.part_runs()).world()
        zone = await read_zone(world, pool, key, secret)
        self._zones[pool] = time.monotonic(), zone
        return zone


def _state(findings: tuple[Finding, ...], found: Standing) -> str:
    if findings:
        return "taken"
    return "ours" if found is Standing.OURS else "free"


def _own_report(fqdn: str, present: Present | None, findings: tuple[Finding, ...]) -> NameReport:
    if present is None:
        return NameReport(fqdn=fqdn, findings=findings)
    return NameReport(
        fqdn=fqdn,
        state="found",
        zone=present.zone,
        servers=present.servers,
        there=present.records,
        findings=findings,
    )
