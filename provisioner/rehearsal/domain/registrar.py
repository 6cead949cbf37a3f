"""The simulated registrar: accounts' domains and their zones, as Dynadot's API3 keeps them.

Facts it holds to: writing replaces the zone unless told to append; appending keeps duplicates and
order; a TTL is rounded up to a step that is known; records stand in two lists, the zone's own and
those below it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

import msgspec

from provisioner.dns.records import Record, Zone
from provisioner.errors import HomeError, RehearsalError
from provisioner.files import write_private

STEPS = (60, 300, 1800, 3600, 7200, 14400, 28800, 43200, 86400)
"""The TTLs that Dynadot knows, in seconds."""
TTL = "300"


class Domain(msgspec.Struct, kw_only=True):
    """One domain of the account."""

    zone: Zone
    locked: bool = False


class Registrar:
    """The domains of one account; ``place`` is where they are saved."""

    def __init__(self, domains: Mapping[str, Domain], place: Path | None = None) -> None:
        self.domains = dict(domains)
        self._place = place

    @classmethod
    def opened(cls, place: Path) -> Registrar:
        """Return the saved account, or the usual one; blocks on the disk, raises RehearsalError."""
        try:
            return cls(msgspec.json.decode(place.read_bytes(), type=dict[str, Domain]), place)
        except FileNotFoundError:
            return cls(usual(), place)
        except (OSError, msgspec.MsgspecError) as error:
            raise RehearsalError("world_unusable", path=place, reason=error) from error

    def save(self) -> None:
        """Write the account down; blocks on the disk, raises RehearsalError."""
        if self._place is None:
            return
        try:
            write_private(self._place, msgspec.json.encode(self.domains))
        except HomeError as error:
            raise RehearsalError("world_unusable", **error.facts) from error

    @property
    def zones(self) -> Mapping[str, Zone]:
        """Every zone by its name."""
        return {name: domain.zone for name, domain in self.domains.items()}

    def write(self, name: str, records: Iterable[Record], *, append: bool, ttl: str = "") -> None:
        """Replace or extend a zone."""
        domain = self.domains[name]
        added = [_rounded(each) for each in records]
        whole = [*domain.zone.records, *added] if append else added
        # What is read back comes in two lists.
        ordered = sorted(whole, key=lambda each: bool(each.name))
        domain.zone = Zone(
            domain=name, records=tuple(ordered), ttl=step(ttl) if ttl else domain.zone.ttl
        )


def usual() -> dict[str, Domain]:
    """Return the account that a new world begins with, from zones.toml."""
    text = files(__package__).joinpath("zones.toml").read_text("utf-8")
    return {
        name: Domain(
            zone=Zone(domain=name, ttl=TTL, records=msgspec.convert(zone, tuple[Record, ...]))
        )
        for name, zone in tomllib.loads(text).items()
    }


def digest(key: str, secret: str) -> str:
    """Return what an account knows of its key and secret."""
    return hashlib.sha256(f"{key}\n{secret}".encode()).hexdigest()


def step(ttl: str) -> str:
    """Return the TTL that is kept for the one that was asked for."""
    wanted = int(ttl) if ttl.isdigit() else int(TTL)
    return str(next((each for each in STEPS if each >= wanted), STEPS[-1]))


def _rounded(record: Record) -> Record:
    return msgspec.structs.replace(record, ttl=step(record.ttl)) if record.ttl else record
