"""Which Sovereign a command means; kept apart so that looking at one imports little."""

from __future__ import annotations

from provisioner.errors import Misnamed
from provisioner.home import Home, SovereignFolder


def find(home: Home, fqdn: str | None) -> SovereignFolder:
    """Return the folder of a Sovereign, real or rehearsed; the only one where none is named."""
    home.require_usable()
    if fqdn is None:
        known = [*home.sovereigns(), *home.rehearsal.sovereigns()]
        if len(known) != 1:
            code = "sovereign_ambiguous" if known else "sovereign_none"
            raise Misnamed(code, names=", ".join(each.fqdn for each in known))
        return known[0]
    for each in (home.sovereign(fqdn), home.rehearsal.sovereign(fqdn)):
        if each.exists():
            return each
    raise Misnamed("journal_missing", fqdn=fqdn)
