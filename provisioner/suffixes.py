"""Names under which everybody can register: nobody's own, though they have two labels.

Source: the Public Suffix List, as its package carries it; only what registries run, not what
companies let others use.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    # Reading the list takes a while, and only own domains need it.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


def registrable(fqdn: str) -> str | None:
    """Return the part of a name, in its ASCII form, that somebody registered; None for a suffix."""
    found: str | None = _suffixes().privatesuffix(fqdn)
    return found


def is_public_suffix(fqdn: str) -> bool:
    """Return whether a name, in its ASCII form, is a public suffix itself."""
    return bool(_suffixes().is_public(fqdn))
