"""The random id by which a Sovereign marks its label in a pool's zone."""

from __future__ import annotations

import re
import secrets

from provisioner.errors import HomeError
from provisioner.files import write_private
from provisioner.home import SovereignFolder

FILE = "dns-owner"
_FORM = re.compile(r"[0-9a-f]{32}")


def has_owner(folder: SovereignFolder) -> bool:
    """Return whether the Sovereign ever marked a label, or began to; blocks on the disk."""
    return (folder.path / FILE).exists()


def restore_owner(folder: SovereignFolder, owner: str) -> None:
    """Write a lost id anew as the journal knows it; nothing if there is one, or none is known.

    It proves nothing by itself: what bears another's mark in the zone stays theirs. Blocks on the
    disk; raises HomeError when it cannot be written.
    """
    if _FORM.fullmatch(owner) and not has_owner(folder):
        keep_owner(folder, owner)


def keep_owner(folder: SovereignFolder, owner: str) -> None:
    """Keep an id that was lost and found again in the zone; blocks on the disk.

    Raises HomeError when it cannot be written.
    """
    write_private(folder.path / FILE, owner.encode("ascii"))


def owner_of(folder: SovereignFolder) -> str:
    """Return the Sovereign's id, made and kept if there is none; blocks on the disk.

    Raises HomeError when it can neither be read nor written.
    """
    place = folder.path / FILE
    try:
        known = place.read_text("ascii").strip()
    except FileNotFoundError:
        known = ""
    except (OSError, UnicodeDecodeError) as error:
        raise HomeError("home_unusable", path=place, reason=error) from error
    if _FORM.fullmatch(known):
        return known
    made = secrets.token_hex(16)
    write_private(place, made.encode())
    return made
