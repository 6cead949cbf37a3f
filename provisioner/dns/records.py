"""A zone as its provider keeps it: records in order, names below the zone's own.

What we do not understand (a provider's own record types, its TTLs and priorities) is carried along
unread, so that it can be written back as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

Key = tuple[str, str, str, str]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a zone."""

    name: str
    """Below the zone, in lower case: ``console.oman``; empty for the zone itself."""
    type: str
    """In capitals: ``A``, ``TXT``, or a provider's own."""
    value: str
    extra: str = ""
    """What stands beside the value: the priority of an MX, the code of a forward."""
    ttl: str = ""
    """Seconds, where the provider keeps one for each record."""

    @property
    def key(self) -> Key:
        """What makes it this record; providers round a TTL to the steps they know."""
        return self.name, self.type, self.value, self.extra

    def is_below(self, name: str) -> bool:
        """Return whether it stands at ``name`` or below it."""
        return self.name == name or self.name.endswith(f".{name}")


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """All records of a zone at one moment."""

    domain: str
    records: tuple[Record, ...]
    """In the provider's order, which is that in which they were added."""
    ttl: str = ""
    """Seconds for all records, where the provider keeps one for the zone."""

    def having(self, records: Iterable[Record]) -> Zone:
        """Return the zone with other records."""
        return msgspec.structs.replace(self, records=tuple(records))

    def at(self, name: str, kind: str) -> tuple[Record, ...]:
        """Return the records of one name and type, oldest first."""
        return tuple(each for each in self.records if (each.name, each.type) == (name, kind))

    def lacks(self, wanted: Iterable[Record]) -> tuple[Record, ...]:
        """Return those of ``wanted`` that are not in it, each as often as it is missing."""
        held = Counter(each.key for each in self.records)
        missing = []
        for each in wanted:
            if held[each.key]:
                held[each.key] -= 1
            else:
                missing.append(each)
        return tuple(missing)
