"""A label in a pool's zone: whether it is free, claiming it, giving it back.

What is new is appended, so that nothing of others can be lost; only what must go is written out of
the whole zone, in turn (see turn.py). Every write is read back, and done again when another
writer's came between. A claim is a TXT record with the Sovereign's own random id: the first one in
the zone counts, and nobody else's records are ever changed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from enum import StrEnum

from provisioner.clock import Clock
from provisioner.dns import wanted
from provisioner.dns.provider import ZoneApi
from provisioner.dns.records import Record, Zone
from provisioner.dns.turn import NAME as TURN
from provisioner.dns.turn import Turns, without_marks
from provisioner.errors import DnsError

ATTEMPTS = 6
PASSING = frozenset({"dns_provider_unreachable", "dns_provider_busy"})
"""Refusals after which a look at the zone tells how to go on."""


class Standing(StrEnum):
    """Whose a label is."""

    FREE = "free"
    OURS = "ours"
    CLAIMED = "claimed"
    """Another Sovereign's mark is on it."""
    USED = "used"
    """It has records, but nobody's mark."""


def standing(zone: Zone, label: str, owner: str) -> Standing:
    """Return whose a label is; ``owner`` is our own id."""
    held_by = holder(zone, label)
    if held_by is not None:
        return Standing.OURS if held_by == owner else Standing.CLAIMED
    used = any(each.is_below(label) for each in zone.records)
    return Standing.USED if used else Standing.FREE


def holder(zone: Zone, label: str) -> str | None:
    """Return the id of whoever's claim on a label is the oldest, None for a label without one."""
    marks = zone.at(f"{wanted.MARK}.{label}", "TXT")
    claimants = (wanted.claimant(each) for each in marks)
    return next((each for each in claimants if each is not None), None)


def leads_to(zone: Zone, label: str, addresses: Container[str]) -> bool:
    """Return whether a label's hosts lead to these addresses, and nowhere else."""
    names = {each.name for each in wanted.addresses(label, "")}
    led = [each.value for each in zone.records if each.type == "A" and each.name in names]
    return bool(led) and all(each in addresses for each in led)


async def claim(api: ZoneApi, clock: Clock, label: str, owner: str, address: str) -> Zone:
    """Make the label ours, all its hosts at ``address``, and return the zone as it is then.

    Raises DnsError: ``dns_label_claimed``, ``dns_label_used``, ``dns_cname_in_the_way``,
    ``dns_zone_contended``, or what the provider refuses.
    """
    return await _Label(api, clock, label, owner).claim(address)


async def release(api: ZoneApi, clock: Clock, label: str, owner: str) -> bool:
    """Take our records of a label, and its mark, out of the zone; all else stays as it is.

    Returns whether there was anything of ours. Raises DnsError as ``claim`` does.
    """
    return await _Label(api, clock, label, owner).release()


async def held(api: ZoneApi, clock: Clock, label: str, owner: str) -> tuple[Record, ...]:
    """Return what ``release`` would take out of the zone; raises DnsError."""
    zone = await api.read()
    ours = _Label(api, clock, label, owner)
    return tuple(each for each in zone.records if ours.is_ours(each, zone))


class _Label:
    """One Sovereign's work on its label."""

    def __init__(self, api: ZoneApi, clock: Clock, label: str, owner: str) -> None:
        self._api = api
        self._clock = clock
        self._label = label
        self._owner = owner
        self._mark = wanted.claim(label, owner)
        self._turns = Turns(api, clock)
        self._marked = False
        """Whether a mark of this call may stand behind another's."""

    async def claim(self, address: str) -> Zone:
        hosts = wanted.addresses(self._label, address)
        left = ATTEMPTS
        while left:
            zone = await self._api.read()
            await self._refuse_others(zone, hosts)
            if self._owned(zone):
                missing, stale = zone.lacks(hosts), self._stale(zone, hosts)
                holder = self._turns.holder(zone)
                if not missing and not stale:
                    if holder is None:
                        return zone
                    # Whoever has its turn may have read the zone before our records were in it.
                    await self._turns.pause(holder)
                    continue
            else:
                missing, stale = (self._mark,), ()
            left -= 1
            if stale:
                await self._rewrite(lambda seen: self._with(seen, hosts))
            else:
                self._marked = True
                await self._tried(missing)
        raise DnsError("dns_zone_contended", zone=self._api.domain)

    async def release(self) -> bool:
        found = False
        for _ in range(ATTEMPTS):
            zone = await self._api.read()
            if not any(self.is_ours(each, zone) for each in zone.records):
                return found
            found = True
            await self._rewrite(self._without)
        raise DnsError("dns_zone_contended", zone=self._api.domain)

    async def _refuse_others(self, zone: Zone, hosts: Iterable[Record]) -> None:
        """Raise DnsError if the label is not ours to write."""
        facts = {"label": self._label, "zone": zone.domain}
        found = standing(zone, self._label, self._owner)
        if found is Standing.CLAIMED:
            if self._mark.key in {each.key for each in zone.records}:
                # Another came first between a look of ours and our mark: take ours out again.
                await self._rewrite(self._without_mark)
            raise DnsError("dns_label_claimed", **facts)
        if found is Standing.USED and not self._marked:
            others = [each for each in zone.records if each.is_below(self._label)]
            wanted_keys = {each.key for each in hosts}
            if not all(each.key in wanted_keys for each in others):
                raise DnsError("dns_label_used", **facts)
        names = {each.name for each in hosts}
        for each in zone.records:
            if each.name in names and each.type == "CNAME":
                raise DnsError("dns_cname_in_the_way", name=f"{each.name}.{zone.domain}", **facts)

    def _owned(self, zone: Zone) -> bool:
        return holder(zone, self._label) == self._owner

    def _stale(self, zone: Zone, hosts: Iterable[Record]) -> tuple[Record, ...]:
        """Return address records at our names that are not wanted, or are there twice."""
        names = {each.name for each in hosts}
        ours = tuple(each for each in zone.records if each.type == "A" and each.name in names)
        return zone.having(hosts).lacks(ours)

    def _with(self, zone: Zone, hosts: tuple[Record, ...]) -> Zone:
        """Return the zone with exactly our hosts at our names, if the label is ours."""
        if not self._owned(zone):
            return zone
        names = {each.name for each in hosts}
        kept = [each for each in zone.records if each.type != "A" or each.name not in names]
        return zone.having([*kept, *hosts])

    def _without(self, zone: Zone) -> Zone:
        return zone.having(each for each in zone.records if not self.is_ours(each, zone))

    def _without_mark(self, zone: Zone) -> Zone:
        return zone.having(each for each in zone.records if each.key != self._mark.key)

    def is_ours(self, record: Record, zone: Zone) -> bool:
        """Return whether a record of the zone is this Sovereign's, so that it may be removed."""
        if record.key == self._mark.key:
            return True
        hosts = {each.name for each in wanted.addresses(self._label, "")}
        return self._owned(zone) and record.type == "A" and record.name in hosts

    async def _tried(self, records: Iterable[Record]) -> None:
        """Append; a write whose answer was lost is judged by the next look at the zone."""
        try:
            await self._api.add(tuple(records))
        except DnsError as error:
            if error.code not in PASSING:
                raise
            await self._turns.pause(None)

    async def _rewrite(self, change: Callable[[Zone], Zone]) -> None:
        """Write the zone whole, changed, in turn; what the write lost of others is put back."""
        turn = await self._turns.take()
        try:
            target = self._turns.end(turn, change(turn.zone))
            await self._api.replace(target)
        except DnsError as error:
            self._turns.forget(turn)
            if error.code not in PASSING | {"dns_zone_contended"}:
                raise
            await self._turns.pause(None)
            return
        await self._restore(target)

    async def _restore(self, target: Zone) -> None:
        """Append what a provider took out of a zone that it was to keep; raises DnsError."""
        lost = _foreign_lost(await self._api.read(), target)
        if not lost:
            return
        await self._tried(lost)
        still = _foreign_lost(await self._api.read(), target)
        if still:
            names = ", ".join(sorted({each.name or "@" for each in still}))
            raise DnsError("dns_zone_damaged", zone=target.domain, names=names)


def _foreign_lost(seen: Zone, target: Zone) -> tuple[Record, ...]:
    """Return what is missing of ``target``, but for what other Sovereigns may have taken out."""
    prefix = f"{wanted.MARK}."
    labels = [
        each.name.removeprefix(prefix)
        for each in target.records
        if each.name.startswith(prefix) and wanted.claimant(each) is not None
    ]
    return tuple(
        each
        for each in seen.lacks(without_marks(target).records)
        if each.name != TURN
        and not each.name.startswith(prefix)
        and not any(each.is_below(label) for label in labels)
    )
