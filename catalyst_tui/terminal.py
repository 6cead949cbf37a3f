"""What the terminal can do: whether a full screen can be shown, and with which glyphs."""

from __future__ import annotations

import locale
import os
import select
import sys
from collections.abc import Mapping

_DUMB = frozenset({"dumb", "unknown", ""})
_POOR = frozenset({"linux", "vt100", "vt102", "vt220", "ansi", "cons25"})
"""Terminals whose fonts lack the glyphs."""


def can_show(environment: Mapping[str, str] | None = None) -> str | None:
    """Return why a full screen cannot be shown here, in one sentence, or None if it can."""
    known = os.environ if environment is None else environment
    if not os.isatty(0):
        return "Standard input is no terminal."
    if not os.isatty(2):
        return "Standard error is no terminal, and the screen is drawn there."
    if known.get("TERM", "") in _DUMB:
        return f"TERM is {known.get('TERM', '') or 'not set'}: this terminal cannot be drawn on."
    return None


def needs_plain_glyphs(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether glyphs need their ASCII stand-ins: no UTF-8, or a console without them."""
    known = os.environ if environment is None else environment
    if known.get("TERM", "") in _POOR:
        return True
    named = known.get("LC_ALL") or known.get("LC_CTYPE") or known.get("LANG") or ""
    if named:
        return "utf" not in named.lower()
    return "utf" not in (locale.getpreferredencoding(False) or sys.getdefaultencoding()).lower()


def terminal_is_gone(descriptor: int = 0) -> bool:
    """Return whether the other side of the terminal was closed; never waits."""
    look = select.poll()
    look.register(descriptor, 0)
    return any(found & (select.POLLHUP | select.POLLERR) for _, found in look.poll(0))
