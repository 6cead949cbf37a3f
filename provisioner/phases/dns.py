"""DNS: the Sovereign's name, written where we may, and watched until the world knows it.

It runs beside access and bootstrap and can be repeated alone: the zone is looked at first, and what
is right is left alone. Where we may not write, it says exactly what to set and goes on looking. A
cluster without a name is healthy all the same, so this phase ends at a deadline of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from provisioner.cluster.patience import Bound, pause
from provisioner.dns import own, wanted
from provisioner.dns.ask import resolvers_of
from provisioner.dns.delegation import Authority, find_authority
from provisioner.dns.dynadot import Dynadot
from provisioner.dns.hetzner_dns import find_zone, held_records, remove_records, set_records
from provisioner.dns.owner import has_owner, keep_owner, owner_of
from provisioner.dns.pool import claim, held, holder, leads_to, release
from provisioner.dns.propagation import Answers, look, remaining, resolves, wrong
from provisioner.errors import DnsError
from provisioner.events import (
    DnsRecordsChecked,
    DnsRecordsReleased,
    DnsRecordsWanted,
    DnsRecordsWritten,
    Remarked,
    WaitFinished,
    WaitStarted,
)
from provisioner.facts import ResourceItem
from provisioner.hetzner.client import Hetzner
from provisioner.remedies import explain
from provisioner.run import Run

DEADLINE = Bound(1800, 30)
"""From the first look on; a TLD's own name servers may take this long."""
GRACE = Bound(120, 3)
"""From the moment the cluster is healthy on: then the name is all that is missing."""
POLL = 10.0
LEAST_POLL = 0.5
"""Real seconds between two looks, so that no server is asked without end in a fast world."""
OPERATOR = "operator"
WAIT_KEY = "dns"


async def dns(
    run: Run, outputs: Mapping[str, Any], *, healthy: asyncio.Event | None = None
) -> None:
    """Return when every host of the Sovereign leads to its load balancer, for everybody.

    ``healthy`` tells that nothing else is waited for any more. Raises DnsError when the zone cannot
    be written, or when the names do not resolve at the deadline.
    """
    try:
        address = str(outputs["load_balancer"]["ipv4"])
    except (KeyError, TypeError) as error:
        raise DnsError("dns_no_address", missing=error) from error
    writer = await _written(run, address)
    watch = _Watch(run, address, writer)
    await watch.until_known(healthy or asyncio.Event())


async def release_name(run: Run) -> None:
    """Take the Sovereign's records out of the zone, if they are ours to take; raises DnsError."""
    domain = run.spec.domain
    if domain.mode == "own":
        async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
            zone = await find_zone(hetzner, run.fqdn)
            if zone is not None and zone.writable and await remove_records(hetzner, zone, run.fqdn):
                run.emit(DnsRecordsReleased(zone=zone.name))
        return
    if not await asyncio.to_thread(has_owner, run.folder):
        # Nothing was ever written from here.
        return
    provider = _dynadot(run)
    if provider is None:
        raise DnsError("dns_key_missing", zone=domain.pool)
    owner = await asyncio.to_thread(owner_of, run.folder)
    async with provider:
        if await release(provider, run.clock, str(domain.label), owner):
            run.emit(DnsRecordsReleased(zone=str(domain.pool)))


async def take_up_name(run: Run, addresses: Container[str]) -> None:
    """Know a label of a pool as ours again, although the file with its owner's id was lost.

    The proof is that its hosts lead to ``addresses``, which are rented here, and nowhere else. A
    label that is claimed without that may be another's: it is left, and said. Raises DnsError when
    the zone cannot be read.
    """
    provider = _dynadot(run)
    mine = run.spec.domain.mode == "own" or await asyncio.to_thread(has_owner, run.folder)
    if provider is None or mine:
        return
    label = str(run.spec.domain.label)
    async with provider:
        zone = await provider.read()
    owner = holder(zone, label)
    if owner is None:
        return
    if leads_to(zone, label, addresses):
        await asyncio.to_thread(keep_owner, run.folder, owner)
        return
    text = _said("dns_label_left", {"label": label, "zone": zone.domain})
    run.emit(Remarked(source="dns", text=text, level="warning"))


async def held_names(run: Run) -> tuple[ResourceItem, ...]:
    """Return the records that ``release_name`` would take out of the zone.

    Raises DnsError or HetznerError when the zone cannot be read.
    """
    domain = run.spec.domain
    if domain.mode == "own":
        async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
            zone = await find_zone(hetzner, run.fqdn)
            if zone is None or not zone.writable:
                return ()
            found = [(each, "A") for each in await held_records(hetzner, zone, run.fqdn)]
            return _items(zone.name, found)
    provider = _dynadot(run)
    if provider is None or not await asyncio.to_thread(has_owner, run.folder):
        return ()
    owner = await asyncio.to_thread(owner_of, run.folder)
    async with provider:
        records = await held(provider, run.clock, str(domain.label), owner)
    return _items(str(domain.pool), [(each.name, each.type) for each in records])


def _items(zone: str, found: Iterable[tuple[str, str]]) -> tuple[ResourceItem, ...]:
    return tuple(
        ResourceItem(kind="dns_record", id=f"{name}/{kind}", name=f"{name}.{zone}", owner="zone")
        for name, kind in found
    )


async def _written(run: Run, address: str) -> str:
    """Write the records where we may; returns who sets them."""
    if run.spec.domain.mode == "pool":
        return await _write_pool(run, address)
    async with Hetzner(run.world, run.secrets["hcloud_token"], run.emit) as hetzner:
        zone = await find_zone(hetzner, run.fqdn)
        if zone is None:
            above = run.fqdn.partition(".")[2] if run.fqdn.count(".") > 1 else run.fqdn
            _tell(run, above, address, OPERATOR)
            facts = {"fqdn": run.fqdn, "zone": above, "count": str(len(wanted.HOSTS))}
            run.emit(Remarked(source="dns", text=_said("dns_set_by_hand", facts), level="warning"))
            return OPERATOR
        _tell(run, zone.name, address, "Hetzner")
        changed = await set_records(hetzner, zone, run.fqdn, address)
        run.emit(DnsRecordsWritten(zone=zone.name, records=changed))
    return "Hetzner"


async def _write_pool(run: Run, address: str) -> str:
    domain = run.spec.domain
    pool, label = str(domain.pool), str(domain.label)
    provider = _dynadot(run)
    if provider is None:
        _tell(run, pool, address, OPERATOR)
        text = _said("dns_key_missing", {"zone": pool, "fqdn": run.fqdn})
        run.emit(Remarked(source="dns", text=text, level="warning"))
        return OPERATOR
    owner = await asyncio.to_thread(owner_of, run.folder)
    # Before the claim: whatever ends this run, the journal knows whose mark stands in the zone.
    _tell(run, pool, address, "Dynadot", owner)
    async with provider:
        zone = await claim(provider, run.clock, label, owner, address)
    run.emit(DnsRecordsWritten(zone=pool, records=len(zone.records)))
    return "Dynadot"


def _dynadot(run: Run) -> Dynadot | None:
    key, secret = run.secrets.get("dynadot_key"), run.secrets.get("dynadot_secret")
    if key is None or secret is None:
        return None
    pool = str(run.spec.domain.pool)
    return Dynadot(run.world.dynadot, pool, key, secret, run.clock, run.emit)


def _tell(run: Run, zone: str, address: str, by: str, owner: str = "") -> None:
    records = own.records(run.fqdn, address)
    run.emit(DnsRecordsWanted(zone=zone, records=records, by=by, owner=owner))


def _said(code: str, facts: Mapping[str, str]) -> str:
    return explain(code, facts).brief


class _Watch:
    """Looks at the name again and again, and journals what has changed."""

    def __init__(self, run: Run, address: str, writer: str) -> None:
        self._run = run
        self._address = address
        self._by_hand = writer == OPERATOR
        self._resolvers = resolvers_of(run.world)
        self._answers: Answers = ()
        self._trouble: DnsError | None = None
        self._healthy_since: float | None = None
        self._began = run.clock.monotonic()

    async def until_known(self, healthy: asyncio.Event) -> None:
        """Return when the name resolves; raises DnsError at the deadline."""
        clock = self._run.clock
        ends = self._began + DEADLINE.real(clock) * clock.speed
        self._say_wait(None)
        try:
            while not await self._looked():
                if healthy.is_set():
                    ends = min(ends, self._grace_ends())
                if clock.monotonic() >= ends:
                    raise self._given_up()
                await self._pause(healthy)
        finally:
            seconds = clock.monotonic() - self._began
            self._run.emit(WaitFinished(key=WAIT_KEY, seconds=round(seconds, 1)))

    def _grace_ends(self) -> float:
        """Return when the time is over that begins with the first look at a healthy cluster."""
        clock = self._run.clock
        if self._healthy_since is None:
            self._healthy_since = clock.monotonic()
        return self._healthy_since + GRACE.real(clock) * clock.speed

    async def _pause(self, healthy: asyncio.Event) -> None:
        """Wait for the next look, or until the cluster is healthy."""
        clock = self._run.clock
        seconds = max(POLL, LEAST_POLL * clock.speed)
        if healthy.is_set():
            await pause(clock, seconds)
            return
        with suppress(TimeoutError):
            async with clock.timeout(seconds):
                await healthy.wait()

    async def _looked(self) -> bool:
        """Look once, and return whether all is right."""
        run = self._run
        try:
            authority = await find_authority(run.fqdn, self._resolvers, run.world.dns_port)
            answers = await self._asked(authority)
        except DnsError as error:
            self._met(error)
            return False
        self._trouble = None
        if _states(answers) != _states(self._answers):
            run.emit(DnsRecordsChecked(answers=answers))
            self._say_wait(remaining(answers))
        self._answers = answers
        return resolves(answers) and any(not each.authority for each in answers)

    async def _asked(self, authority: Authority) -> Answers:
        """Ask the zone's servers, and resolvers only once these are right.

        A resolver that is asked too early keeps the absence for as long as the zone says.
        """
        fqdn, address, known = self._run.fqdn, self._address, self._answers
        answers = await look(fqdn, address, authority, (), known=known)
        if not resolves(answers):
            return answers
        return await look(fqdn, address, authority, self._resolvers, known=(*known, *answers))

    def _met(self, error: DnsError) -> None:
        if self._trouble is None or self._trouble.code != error.code:
            self._run.warn(error)
        self._trouble = error

    def _say_wait(self, seconds: float | None) -> None:
        until = None if seconds is None else self._run.clock.now() + timedelta(seconds=seconds)
        what = f"{self._run.fqdn} to lead to {self._address}"
        self._run.emit(WaitStarted(key=WAIT_KEY, what=what, usual=60, until=until))

    def _given_up(self) -> DnsError:
        """Return what is wrong at the deadline, in one error."""
        if self._trouble is not None:
            return self._trouble
        open_ = {each.name for each in wrong(self._answers)}
        advice = own.advice(self._answers, self._address)
        first = advice[0] if advice else None
        by_hand = "Set the records that are shown."
        return DnsError(
            "dns_not_resolving",
            fqdn=self._run.fqdn,
            count=len(open_),
            total=len(wanted.HOSTS),
            address=self._address,
            first=first.what.rstrip(".") if first else "no server has answered",
            hint=by_hand if self._by_hand else first.action if first else "Wait a little.",
        )


def _states(answers: Answers) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(each.name, each.server, each.state, each.saw) for each in answers]
