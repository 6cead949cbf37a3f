"""Verify: the Sovereign asked from outside, as its users will; each look says what it saw.

It changes nothing, and never whether the Sovereign is ready: it makes the hand-off true. Where a
certificate is still being issued, it looks again for a while.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from provisioner.cluster.patience import Bound, waiting
from provisioner.dns import wanted
from provisioner.dns.ask import ask, resolvers_of
from provisioner.dns.judging import judge
from provisioner.errors import CatalystError, DnsError
from provisioner.events import OutsideChecked
from provisioner.facts import NameState, OutsideCheck
from provisioner.hetzner.client import Hetzner
from provisioner.outside.asking import Site, tcp, trust
from provisioner.outside.budget import SIGNER, Ledger
from provisioner.outside.issuance import issuance
from provisioner.outside.targets import targets
from provisioner.run import Run
from provisioner.visit import visit

PAGES = ("console", "gitea", "api")
"""The hosts whose pages are asked for; of all others the certificate alone."""
ISSUANCE = Bound(300, 4)
"""How long a certificate may take once the name resolves: a challenge, an order, a secret."""
POLL = 5.0
LEAST_POLL = 0.3


async def verify(
    run: Run, outputs: Mapping[str, Any], *, patience: Bound = ISSUANCE
) -> tuple[OutsideCheck, ...]:
    """Look from outside, journal what was seen, and return it.

    Raises DnsError(``dns_no_address``) without an address to ask, and nothing for what it sees.
    """
    try:
        address = str(outputs["load_balancer"]["ipv4"])
        balancer = str(outputs["load_balancer"]["id"])
    except (KeyError, TypeError) as error:
        raise DnsError("dns_no_address", missing=error) from error
    context = await asyncio.to_thread(trust, run.world.authorities)
    outside = Outside(run, address, balancer, context)
    began = run.clock.monotonic()
    checks = await outside.look()
    if _only_certificates_lack(checks):
        checks = await _issued(run, outside, checks, patience)
    if _only_certificates_lack(checks):
        checks = (*checks, *await _why_not(run))
    await outside.note_certificate()
    seconds = round(run.clock.monotonic() - began, 1)
    run.emit(OutsideChecked(checks=checks, seconds=seconds))
    return checks


class Outside:
    """One Sovereign, as seen from here."""

    def __init__(self, run: Run, address: str, balancer: str, context: ssl.SSLContext) -> None:
        self._run = run
        self._address = address
        self._balancer = balancer
        self._sites = {
            host: Site(
                f"{host}.{run.fqdn}",
                address,
                run.world.https_port,
                context,
                run.spec.certificates.issuer,
            )
            for host in wanted.SITES
        }

    async def look(self) -> tuple[OutsideCheck, ...]:
        """Ask everything at once: names, ports, certificates, pages, targets."""
        world = self._run.world
        now = datetime.now(UTC)
        names = [self._name(f"{host}.{self._run.fqdn}") for host in wanted.SITES]
        ports = [tcp(self._address, port) for port in (world.http_port, world.https_port)]
        sites = [site.look(now, page=host in PAGES) for host, site in self._sites.items()]
        found = await asyncio.gather(
            asyncio.gather(*names), asyncio.gather(*ports), asyncio.gather(*sites), self._targets()
        )
        named, opened, seen, balanced = found
        return (*named, *opened, *chain.from_iterable(seen), balanced)

    async def note_certificate(self) -> None:
        """Note a certificate that costs budget in the home's ledger."""
        shown = next((each.shown for each in self._sites.values() if each.shown is not None), None)
        if shown is not None and shown.organisation == SIGNER:
            ledger = Ledger.of(self._run.folder, wanted.sites(self._run.fqdn))
            issuer = self._run.spec.certificates.issuer
            await asyncio.to_thread(ledger.note, issuer, shown.serial, shown.begins)

    async def _name(self, name: str) -> OutsideCheck:
        """Ask the resolvers, of which one that is silent does not count."""
        servers = resolvers_of(self._run.world)
        replies = await asyncio.gather(*(ask(each, name, "A", recursive=True) for each in servers))
        states = {judge(self._address, each): each for each in replies if each.rcode}
        bad = [(state, each) for state, each in states.items() if state is not NameState.RIGHT]
        if not states:
            return _name_check(name, "no resolver answers", "dns_resolvers_silent")
        if not bad:
            return OutsideCheck(what="dns", target=name, ok=True, saw=f"leads to {self._address}")
        state, reply = bad[0]
        values = " and ".join(reply.values) or (f"an alias of {reply.cname}" if reply.cname else "")
        return _name_check(name, f"{state}: {values or 'no address'}", "outside_name")

    async def _targets(self) -> OutsideCheck:
        run = self._run
        try:
            async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
                return await targets(hetzner, self._balancer)
        except (CatalystError, KeyError) as error:
            code = getattr(error, "code", "secret_missing")
            return OutsideCheck(
                what="targets",
                target="load balancer",
                ok=False,
                saw="could not be asked",
                code=code,
            )


async def _issued(
    run: Run, outside: Outside, checks: tuple[OutsideCheck, ...], patience: Bound
) -> tuple[OutsideCheck, ...]:
    """Look again until the certificate is there, or it has taken too long."""
    try:
        what = f"the certificate of {run.fqdn}"
        async with waiting(run.emit, run.clock, "certificate", what, 60, patience):
            while _only_certificates_lack(checks):
                await run.clock.sleep(max(POLL, LEAST_POLL * run.clock.speed))
                checks = await outside.look()
    except TimeoutError:
        pass
    return checks


async def _why_not(run: Run) -> tuple[OutsideCheck, ...]:
    """Ask the cluster what its certificate waits for; what cannot be asked says nothing."""
    try:
        async with visit(run.folder, run.spec, run.secrets, run.world) as cluster:
            found = await issuance(cluster.kube)
    except CatalystError:
        return ()
    return () if found is None else (found,)


def _only_certificates_lack(checks: Sequence[OutsideCheck]) -> bool:
    """Return whether all leads here, but no certificate is right yet."""
    ill = {each.what for each in checks if not each.ok}
    lasting = any(each.code in ("tls_expired", "tls_early") for each in checks)
    return "tls" in ill and not ill & {"dns", "tcp"} and not lasting


def _name_check(name: str, saw: str, code: str) -> OutsideCheck:
    return OutsideCheck(what="dns", target=name, ok=False, saw=saw, code=code)
