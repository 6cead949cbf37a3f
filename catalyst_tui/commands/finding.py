"""Which Sovereign a command means; kept apart so that looking at one imports little."""

from __future__ import annotations

import argparse

from provisioner.errors import Misnamed
from provisioner.home import Home, SovereignFolder


def homes_of(home: Home, arguments: argparse.Namespace) -> list[Home]:
    """Return the homes in which a command looks: both, where it is not said which."""
    homes = {"real": [home], "rehearsed": [home.rehearsal], None: [home, home.rehearsal]}
    return homes[arguments.which]


def find(home: Home, arguments: argparse.Namespace) -> SovereignFolder:
    """Return the folder of the Sovereign that is named; the only one where none is named.

    A name that is both a real and a rehearsed one's is refused until it is said which is meant:
    what would be taken down, or paid for, is never guessed.
    """
    home.require_usable()
    fqdn: str | None = arguments.fqdn
    searched = homes_of(home, arguments)
    if fqdn is None:
        known = [each for one in searched for each in one.sovereigns()]
        if len(known) != 1:
            code = "sovereign_ambiguous" if known else "sovereign_none"
            raise Misnamed(code, names=", ".join(_named(home, each) for each in known))
        return known[0]
    found = [each for one in searched if (each := one.sovereign(fqdn)).exists()]
    if len(found) > 1:
        raise Misnamed("sovereign_real_or_rehearsed", fqdn=fqdn)
    if not found:
        raise Misnamed("journal_missing", fqdn=fqdn)
    return found[0]


def _named(home: Home, folder: SovereignFolder) -> str:
    return f"{folder.fqdn} (REHEARSAL)" if home.rehearses(folder) else folder.fqdn
