"""Which records a Sovereign needs, and the mark that says whose they are."""

from __future__ import annotations

from provisioner.dns.records import Record

SITES = ("console", "gitea", "harbor", "admin", "api")
"""The hosts below a Sovereign's name that its certificate names."""
HOSTS = ("*", *SITES)
"""Every host that gets an address."""
TTL = 300
"""Seconds; a step that every provider knows."""
MARK = "_catalyst"
_OWNER = "catalyst-owner="


def names(fqdn: str) -> tuple[str, ...]:
    """Return the full names that must resolve to the load balancer."""
    return tuple(f"{host}.{fqdn}" for host in HOSTS)


def sites(fqdn: str) -> tuple[str, ...]:
    """Return the full names that the certificate holds."""
    return tuple(f"{host}.{fqdn}" for host in SITES)


def addresses(label: str, address: str) -> tuple[Record, ...]:
    """Return the address records of a label in its zone; an empty label is the zone itself."""
    below = f".{label}" if label else ""
    return tuple(
        Record(name=f"{host}{below}", type="A", value=address, ttl=str(TTL)) for host in HOSTS
    )


def claim(label: str, owner: str) -> Record:
    """Return the record that says which Sovereign a label belongs to."""
    return Record(name=f"{MARK}.{label}", type="TXT", value=f"{_OWNER}{owner}", ttl=str(TTL))


def claimant(record: Record) -> str | None:
    """Return whose claim a record is, or None if it is none."""
    text = record.value.strip().strip('"')
    if record.type != "TXT" or not text.startswith(_OWNER):
        return None
    return text.removeprefix(_OWNER)
