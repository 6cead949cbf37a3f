"""What can be said of a Sovereign from its folder alone, also when part of that was lost."""

from __future__ import annotations

from provisioner.errors import JournalError
from provisioner.folding import load
from provisioner.home import SovereignFolder
from provisioner.tofu.workspace import has_state
from provisioner.view import View


def look(folder: SovereignFolder) -> View:
    """Return the fold of a Sovereign's journal; of one that was only answered for, an empty view.

    Blocks on the disk. Raises JournalError: ``journal_lost`` where a state proves that there was a
    journal, or what keeps it from being read.
    """
    if folder.journal.exists():
        return load(folder.journal, folder.fqdn)
    if has_state(folder.tofu):
        raise JournalError("journal_lost", fqdn=folder.fqdn)
    return View(fqdn=folder.fqdn)


def may_be_rented(folder: SovereignFolder, view: View) -> bool:
    """Return whether anything of a Sovereign may be rented; blocks on the disk.

    Two witnesses must agree that nothing is, since each can be lost with its file: the journal, and
    the state, which is there (or at its backend) until a journal tells of an empty listing.
    """
    return view.rented_since is not None or (view.destroyed_at is None and has_state(folder.tofu))
