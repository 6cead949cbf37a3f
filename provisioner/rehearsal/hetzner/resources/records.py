"""The records of a DNS zone: what a record set may be, as the nameservers would take it."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec

from provisioner.rehearsal.hetzner.model import RecordSet, Zone
from provisioner.rehearsal.hetzner.refusal import invalid
from provisioner.rehearsal.hetzner.resources.common import Labels, checked

TYPES = (
    "A", "AAAA", "CAA", "CNAME", "DS", "HINFO", "HTTPS", "MX", "NS", "PTR", "RP", "SOA", "SRV",
    "SVCB", "TLSA", "TXT",
)  # fmt: skip
SHORTEST_TTL, LONGEST_TTL = 60, 2147483647
_PART = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"@|(\*|{_PART})(\.{_PART})*")
TXT = re.compile(r'("([^"\\]|\\.)*"\s*)+')
LONGEST_VALUE = 65535


class RecordBody(msgspec.Struct):
    """One record as it is asked for."""

    value: str
    comment: str | None = None


class RrsetBody(msgspec.Struct):
    """A record set as it is asked for."""

    name: str
    type: str
    ttl: int | None = None
    labels: Labels | None = None
    records: list[RecordBody] = []


def check_ttl(ttl: int | None) -> int | None:
    """Return a time to live; raises invalid_input."""
    if ttl is not None and not SHORTEST_TTL <= ttl <= LONGEST_TTL:
        raise invalid("ttl", f"must be between {SHORTEST_TTL} and {LONGEST_TTL}")
    return ttl


def checked_rrset(zone: Zone, body: RrsetBody) -> RecordSet:
    """Return the record set that a request asks for; raises where the zone cannot have it."""
    if body.type not in TYPES:
        raise invalid("type", f"must be one of {', '.join(TYPES)}")
    if not NAME.fullmatch(body.name):
        raise invalid("name", "must be @ or a name relative to the zone, in lower case")
    if f"{body.name}/{body.type}" in zone.rrsets:
        raise invalid("name", "the zone has such a record set already")
    others = {rrset.type for rrset in zone.rrsets.values() if rrset.name == body.name}
    if others and "CNAME" in {body.type, *others}:
        raise invalid("type", "a CNAME cannot stand beside other records")
    return RecordSet(
        name=body.name,
        type=body.type,
        ttl=check_ttl(body.ttl),
        labels=checked(body.labels),
        records=checked_records(body.type, body.records),
    )


def checked_records(kind: str, records: list[RecordBody]) -> list[dict[str, str]]:
    """Return the records that a request asks for; raises invalid_input."""
    if not records or (kind in ("CNAME", "SOA") and len(records) > 1):
        raise invalid("records", "must be one or more, and one for CNAME and SOA")
    if len({record.value for record in records}) < len(records):
        raise invalid("records", "must not hold the same value twice")
    for at, record in enumerate(records):
        if not _fits(kind, record.value):
            raise invalid(f"records.{at}.value", f"is no value of a record of type {kind}")
    return [plain(record) for record in records]


def plain(record: RecordBody) -> dict[str, str]:
    """Return a record as it is kept and answered."""
    return {"value": record.value, "comment": record.comment or ""}


def _fits(kind: str, value: str) -> bool:
    if not value or len(value) > LONGEST_VALUE or "\n" in value:
        return False
    if kind == "TXT":
        return TXT.fullmatch(value) is not None
    parsers: dict[str, Any] = {"A": IPv4Address, "AAAA": IPv6Address}
    try:
        parsers.get(kind, str)(value)
    except ValueError:
        return False
    return True
