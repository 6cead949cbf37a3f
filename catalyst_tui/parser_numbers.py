"""The numbers of the command line: what is none, or out of its bounds, is a usage error."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeVar

N = TypeVar("N")

LAST_PORT = 65535
LAST_SEQ = 2**63 - 1
"""SQLite counts no further."""
MOST_LINES = 1_000_000
SPEEDS = (0.1, 1000.0)
SCALES = (0.0, 1000.0)
LONGEST = 20
"""Digits that are read; each bound above has fewer."""


def port(text: str) -> int:
    """Read a port; 0 is any free one."""
    return _whole(text, 0, LAST_PORT)


def seq(text: str) -> int:
    """Read the number of an event; 0 is before the first."""
    return _whole(text, 0, LAST_SEQ)


def lines(text: str) -> int:
    """Read how many lines of a log."""
    return _whole(text, 1, MOST_LINES)


def speed(text: str) -> float:
    """Read how many times faster than life."""
    return _number(text, *SPEEDS)


def scale(text: str) -> float:
    """Read what multiplies latencies; 0 for none."""
    return _number(text, *SCALES)


def price(text: str) -> Decimal:
    """Read a price: finite and not below nothing."""
    return _read(
        Decimal, text, lambda found: found.is_finite() and found >= 0, "a price, like 49.90"
    )


def _whole(text: str, least: int, most: int) -> int:
    wanted = f"a whole number between {least} and {most}"
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST:
        raise argparse.ArgumentTypeError(wanted)
    return _read(int, text, lambda found: least <= found <= most, wanted)


def _number(text: str, least: float, most: float) -> float:
    wanted = f"a number between {least:g} and {most:g}"
    return _read(float, text, lambda found: least <= found <= most, wanted)


def _read(read: Callable[[str], N], text: str, fits: Callable[[N], bool], wanted: str) -> N:
    try:
        found = read(text)
    except (ValueError, InvalidOperation):
        raise argparse.ArgumentTypeError(wanted) from None
    if not fits(found):
        raise argparse.ArgumentTypeError(wanted)
    return found
