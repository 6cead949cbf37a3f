"""The budget of certificates: an authority signs the same names only so often.

Let's Encrypt signs 5 certificates a week for exactly the same set of names, and each rebuild of a
Sovereign takes one. So each certificate that was seen is noted in the home, whose ledger outlives
the Sovereign. Source: Let's Encrypt's documentation on rate limits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from provisioner.files import write_private
from provisioner.home import SovereignFolder

WEEKLY = 5
WEEK = timedelta(days=7)
FOLDER = "certificates"
"""In the home: a file for each set of names."""
COUNTED = "production"
"""The issuer of a spec that has a limit: staging is generous, and one's own has none."""
SIGNER = "Let's Encrypt"
"""Whose certificates count: the organisation that stands in them."""


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate that was seen."""

    issuer: str
    serial: str
    at: datetime


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What is left for one set of names."""

    left: int
    frees: datetime | None
    """When the next one is free again, if any was used."""


class Ledger:
    """The certificates that a home has seen for one set of names."""

    def __init__(self, place: Path) -> None:
        self._place = place

    @classmethod
    def of(cls, folder: SovereignFolder, names: Iterable[str]) -> Ledger:
        """Return the ledger of ``names`` in the home that a Sovereign's folder lies in."""
        digest = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()
        return cls(folder.path.parent.parent / FOLDER / f"{digest[:32]}.json")

    def note(self, issuer: str, serial: str, at: datetime) -> None:
        """Note a certificate once; blocks on the disk, raises HomeError."""
        held = self._read()
        if any(each.serial == serial for each in held):
            return
        held.append(Issued(issuer=issuer, serial=serial, at=at))
        write_private(self._place, msgspec.json.encode(held))

    def budget(self, issuer: str, now: datetime) -> Budget | None:
        """Return what is left at ``now``, or None where the issuer has no limit; blocks."""
        if issuer != COUNTED:
            return None
        held = (each for each in self._read() if each.issuer == issuer)
        recent = sorted(each.at for each in held if now - each.at < WEEK)
        left = max(0, WEEKLY - len(recent))
        frees = recent[max(0, len(recent) - WEEKLY)] + WEEK if recent else None
        return Budget(left=left, frees=frees)

    def _read(self) -> list[Issued]:
        try:
            return msgspec.json.decode(self._place.read_bytes(), type=list[Issued])
        except (OSError, msgspec.MsgspecError):
            # Without a ledger nothing is known to be used; an authority would say so itself.
            return []
