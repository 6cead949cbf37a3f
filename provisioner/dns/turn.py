"""Taking turns at a zone: whoever must write it whole does so while all others of us wait.

A provider that only writes zones whole has no lock and no compare-and-set; but it appends, and
keeps the order of what was appended. So a writer appends a record of its own, and the first such
record in the zone has its turn. The write that does the work takes the record out again. A writer
that died is waited for once, as long as its turn may last. See docs/decisions/0013-pool-zones.md.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from provisioner.clock import Clock
from provisioner.dns.provider import ZoneApi
from provisioner.dns.records import Record, Zone
from provisioner.errors import DnsError

NAME = "_catalyst-turn"
LONGEST = 60.0
"""Real seconds after which a writer that was not heard of is taken for dead."""
SAFE = 30.0
"""Real seconds after which a writer no longer trusts its own turn."""
PAUSE = 1.0
"""Real seconds between two looks at a zone in which another has its turn."""
MOST_LOOKS = 300


class Turns:
    """One writer among those that may write a zone whole at the same time."""

    def __init__(self, api: ZoneApi, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._over: set[str] = set()
        """Tokens whose turn is over, although they still stand in the zone."""
        self._met: tuple[str, datetime] | None = None
        """The token that was last seen to have its turn, and since when."""

    async def take(self) -> Turn:
        """Return with a turn, and the zone as it is then; raises DnsError."""
        token = secrets.token_hex(8)
        for _ in range(MOST_LOOKS):
            asked = self._clock.now()
            await self._api.add([_record(token)])
            while True:
                zone = await self._api.read()
                holder = self.holder(zone)
                if holder == token:
                    return Turn(token, asked, zone)
                if not any(each.value == token for each in _all(zone)):
                    # A write that was computed before ours was added took it out: add it again.
                    break
                await self.pause(holder)
                asked = self._clock.now()
        raise DnsError("dns_zone_contended", zone=self._api.domain)

    def holder(self, zone: Zone) -> str | None:
        """Return the token whose turn it is, if there is one."""
        standing = [each.value for each in _all(zone) if each.value not in self._over]
        return standing[0] if standing else None

    async def pause(self, holder: str | None) -> None:
        """Wait a little for whoever has its turn, and give up on one that has had it too long."""
        now = self._clock.now()
        if holder is not None and (self._met is None or self._met[0] != holder):
            self._met = (holder, now)
        if self._met is not None and now - self._met[1] > self._real(LONGEST):
            self._over.add(self._met[0])
        await self._clock.sleep(PAUSE * self._clock.speed)

    def end(self, turn: Turn, zone: Zone) -> Zone:
        """Return ``zone`` without the marks of this turn and of those that are over.

        Raises DnsError if so much time has passed that others may no longer wait for this turn.
        """
        if self._clock.now() - turn.asked > self._real(SAFE):
            self._over.add(turn.token)
            raise DnsError("dns_zone_contended", zone=self._api.domain)
        gone = self._over | {turn.token}
        return zone.having(
            each for each in zone.records if each.name != NAME or each.value not in gone
        )

    def forget(self, turn: Turn) -> None:
        """Take a turn for over whose write may have failed."""
        self._over.add(turn.token)

    def _real(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds * self._clock.speed)


class Turn:
    """The right to write a zone whole, and the zone as it was when the turn began."""

    def __init__(self, token: str, asked: datetime, zone: Zone) -> None:
        self.token = token
        self.asked = asked
        self.zone = zone


def without_marks(zone: Zone) -> Zone:
    """Return a zone as it is without those who wait for their turn."""
    return zone.having(each for each in zone.records if each.name != NAME)


def _record(token: str) -> Record:
    return Record(name=NAME, type="TXT", value=token, ttl="300")


def _all(zone: Zone) -> tuple[Record, ...]:
    return zone.at(NAME, "TXT")
