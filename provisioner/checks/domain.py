"""Whether the Sovereign's name can be had, and a certificate for it, before money is spent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import SecretStr

from provisioner.answers_findings import finding
from provisioner.dns import wanted
from provisioner.dns.ask import resolvers_of
from provisioner.dns.delegation import find_authority
from provisioner.dns.dynadot import Dynadot
from provisioner.dns.owner import has_owner, owner_of
from provisioner.dns.pool import Standing, standing
from provisioner.errors import DnsError
from provisioner.events import Event
from provisioner.facts import Finding, Severity
from provisioner.outside.budget import Ledger
from provisioner.run import Run
from provisioner.world import World

LABEL, POOL, FQDN = ("domain", "label"), ("domain", "pool"), ("domain", "fqdn")
ISSUER = ("certificates", "issuer")
LOW = 1
"""So few certificates left deserve a word."""
_TAKEN = {Standing.CLAIMED: "dns_label_claimed", Standing.USED: "dns_label_used"}


async def check_domain(run: Run) -> tuple[Finding, ...]:
    """Return what stands against the name: a taken label, a spent budget, a broken way to it."""
    budget = await asyncio.to_thread(check_budget, run)
    domain = run.spec.domain
    if domain.mode == "own":
        return (*budget, *await check_own(run.world, str(domain.fqdn)))
    owner = ""
    if await asyncio.to_thread(has_owner, run.folder):
        owner = await asyncio.to_thread(owner_of, run.folder)
    key, secret = run.secrets.get("dynadot_key"), run.secrets.get("dynadot_secret")
    label, pool = str(domain.label), str(domain.pool)
    found = await check_label(run.world, label, pool, owner, key, secret, run.emit)
    return (*budget, *found)


async def check_own(world: World, fqdn: str) -> tuple[Finding, ...]:
    """Return why no record of a domain of one's own could be found: a warning, or nothing.

    A delegation that leads nowhere, or signatures that do not hold, are mended at the registrar and
    take hours; the cluster itself needs no name.
    """
    try:
        await find_authority(fqdn, resolvers_of(world), world.dns_port)
    except DnsError as error:
        return (finding(error.code, FQDN, fqdn, error.facts, severity=Severity.WARNING),)
    return ()


async def check_label(
    world: World,
    label: str,
    pool: str,
    owner: str,
    key: SecretStr | None,
    secret: SecretStr | None,
    emit: Callable[[Event], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """Return why a label cannot be had, by the pool's zone as it is now; empty if it can.

    ``owner`` is our own id, empty before there is one. A zone that cannot be read is a warning: the
    cluster itself needs no name.
    """
    if key is None or secret is None:
        return (finding("dns_key_missing", POOL, pool, {"zone": pool}, severity=Severity.WARNING),)
    try:
        async with Dynadot(world.dynadot, pool, key, secret, world.clock, emit) as dynadot:
            found = standing(await dynadot.read(), label, owner)
    except DnsError as error:
        return (finding(error.code, POOL, pool, error.facts, severity=Severity.WARNING),)
    if found not in _TAKEN:
        return ()
    return (finding(_TAKEN[found], LABEL, label, {"label": label, "zone": pool}),)


def check_budget(run: Run) -> tuple[Finding, ...]:
    """Warn when the authority will sign the same names hardly again; blocks on the disk."""
    ledger = Ledger.of(run.folder, wanted.sites(run.fqdn))
    issuer = run.spec.certificates.issuer
    budget = ledger.budget(issuer, datetime.now(UTC))
    if budget is None or budget.left > LOW or budget.frees is None:
        return ()
    code = "certificate_budget_low" if budget.left else "certificate_budget_spent"
    facts = {"fqdn": run.fqdn, "left": budget.left, "frees": f"{budget.frees:%Y-%m-%d %H:%M} UTC"}
    return (finding(code, ISSUER, issuer, facts, severity=Severity.WARNING),)
