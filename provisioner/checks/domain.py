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
from provisioner.dns.present import Present, look_at
from provisioner.dns.records import Zone
from provisioner.errors import DnsError
from provisioner.events import Event
from provisioner.facts import Finding, Severity
from provisioner.home import SovereignFolder
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
    owner = await asyncio.to_thread(known_owner, run.folder)
    key, secret = run.secrets.get("dynadot_key"), run.secrets.get("dynadot_secret")
    label, pool = str(domain.label), str(domain.pool)
    found = await check_label(run.world, label, pool, owner, key, secret, run.emit)
    return (*budget, *found)


def known_owner(folder: SovereignFolder) -> str:
    """Return the id by which a Sovereign marks its label, or nothing yet; blocks on the disk."""
    return owner_of(folder) if has_owner(folder) else ""


async def check_own(world: World, fqdn: str, issuer: str) -> tuple[Finding, ...]:
    """Return what stands against a domain of one's own: warnings, or nothing."""
    _, found = await look_at_own(world, fqdn, issuer)
    return found


async def look_at_own(
    world: World, fqdn: str, issuer: str
) -> tuple[Present | None, tuple[Finding, ...]]:
    """Return what stands at a domain of one's own now, and what of it is in the way.

    A delegation that leads nowhere, signatures that do not hold, records of others and a rule that
    lets others sign are mended at the registrar and take hours; the cluster itself needs no name,
    so nothing here blocks.
    """
    resolvers = resolvers_of(world)
    try:
        authority = await find_authority(fqdn, resolvers, world.dns_port)
    except DnsError as error:
        facts = {"fqdn": fqdn, **error.facts}
        return None, (finding(error.code, FQDN, fqdn, facts, severity=Severity.WARNING),)
    present = await look_at(authority, fqdn)
    found = _occupied(present, fqdn)
    if issuer == OWN:
        return present, found
    rule = await rule_for(fqdn, authority, resolvers)
    if rule is None or SIGNER in rule.issuers:
        return present, found
    facts = {"name": rule.name, "issuers": " and ".join(rule.issuers) or "nobody", "needed": SIGNER}
    forbids = finding("dns_caa_forbids", FQDN, fqdn, facts, severity=Severity.WARNING)
    return present, (*found, forbids)


def _occupied(present: Present, fqdn: str) -> tuple[Finding, ...]:
    if not present.conflicts:
        return ()
    names = ", ".join(
        f"{each.name.removesuffix(f'.{fqdn}')} ({each.type} {each.value})"
        for each in present.conflicts
    )
    facts = {"fqdn": fqdn, "names": names, "zone": present.zone}
    return (finding("dns_names_occupied", FQDN, fqdn, facts, severity=Severity.WARNING),)


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
    fqdn = f"{label}.{pool}"
    if key is None or secret is None:
        missing = {"zone": pool, "fqdn": fqdn}
        return (finding("dns_key_missing", POOL, pool, missing, severity=Severity.WARNING),)
    try:
        zone = await read_zone(world, pool, key, secret, emit)
    except DnsError as error:
        facts = {"fqdn": fqdn, **error.facts}
        return (finding(error.code, POOL, pool, facts, severity=Severity.WARNING),)
    return check_standing(zone, label, owner)


async def read_zone(
    world: World,
    pool: str,
    key: SecretStr,
    secret: SecretStr,
    emit: Callable[[Event], None] = lambda _: None,
) -> Zone:
    """Return a pool's zone as its registrar holds it now; raises DnsError."""
    async with Dynadot(world.dynadot, pool, key, secret, world.clock, emit) as dynadot:
        return await dynadot.read()


def check_standing(zone: Zone, label: str, owner: str) -> tuple[Finding, ...]:
    """Return why a label of a zone cannot be had; empty if it can."""
    found = standing(zone, label, owner)
    if found not in _TAKEN:
        return ()
    return (finding(_TAKEN[found], LABEL, label, {"label": label, "zone": zone.domain}),)


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
