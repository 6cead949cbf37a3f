"""Whether the Sovereign's name can be had, and a certificate for it, before money is spent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import SecretStr

from provisioner.answers_findings import finding
from provisioner.dns import wanted
from provisioner.dns.ask import resolvers_of
from provisioner.dns.caa import rule_for
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
OWN, SIGNER = "own", "letsencrypt.org"
"""The issuer that needs nobody's leave, and what the others are called in CAA records."""
LOW = 2
"""So few certificates left deserve a word."""
_TAKEN = {Standing.CLAIMED: "dns_label_claimed", Standing.USED: "dns_label_used"}


async def check_domain(run: Run) -> tuple[Finding, ...]:
    """Return what stands against the name: a taken label, a spent budget, a broken way to it."""
    budget = await asyncio.to_thread(check_budget, run)
    domain = run.spec.domain
    if domain.mode == "own":
        issuer = run.spec.certificates.issuer
        return (*budget, *await check_own(run.world, str(domain.fqdn), issuer))
    owner = ""
    if await asyncio.to_thread(has_owner, run.folder):
        owner = await asyncio.to_thread(owner_of, run.folder)
    key, secret = run.secrets.get("dynadot_key"), run.secrets.get("dynadot_secret")
    label, pool = str(domain.label), str(domain.pool)
    found = await check_label(run.world, label, pool, owner, key, secret, run.emit)
    return (*budget, *found)


async def check_own(world: World, fqdn: str, issuer: str) -> tuple[Finding, ...]:
    """Return why a domain of one's own would not resolve, or get no certificate: a warning each.

    A delegation that leads nowhere, signatures that do not hold, and a rule that lets others sign
    are mended at the registrar and take hours; the cluster itself needs no name.
    """
    resolvers = resolvers_of(world)
    try:
        authority = await find_authority(fqdn, resolvers, world.dns_port)
    except DnsError as error:
        return (finding(error.code, FQDN, fqdn, error.facts, severity=Severity.WARNING),)
    if issuer == OWN:
        return ()
    rule = await rule_for(fqdn, authority, resolvers)
    if rule is None or SIGNER in rule.issuers:
        return ()
    facts = {"name": rule.name, "issuers": " and ".join(rule.issuers) or "nobody", "needed": SIGNER}
    return (finding("dns_caa_forbids", FQDN, fqdn, facts, severity=Severity.WARNING),)


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
