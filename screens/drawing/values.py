"""Numbers and moments as an operator reads them."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from provisioner.meter import spent
from screens.words import duration

if TYPE_CHECKING:
    from provisioner.view import View

_CENT = Decimal("0.01")
_HOURS = Decimal(730)


def money(amount: Decimal | str) -> str:
    """Return an amount with two places and thousands apart: ``1,204.50``."""
    return f"{Decimal(amount).quantize(_CENT, ROUND_HALF_UP):,}"


def with_vat(amount: str, rate: str) -> str:
    """Return a net amount with VAT of ``rate`` percent."""
    return money(Decimal(amount) * (1 + Decimal(rate) / 100))


def short(rate: str) -> str:
    """Return a rate without empty places: ``19``."""
    text = f"{Decimal(rate):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ago(moment: datetime | None, now: datetime | None) -> str:
    """Return how long ago something was, in the one unit that matters."""
    if moment is None or now is None:
        return ""
    seconds = max((now - moment).total_seconds(), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def since(moment: datetime | None, now: datetime) -> str:
    """Return the time since a moment as a duration, never negative."""
    return "" if moment is None else duration(max((now - moment).total_seconds(), 0))


def spent_words(view: View, now: datetime) -> str:
    """Return what was spent so far: ``0.46 EUR``, or ``at most 0.46 EUR``."""
    found = spent(view, now)
    currency = view.priced.price.currency if view.priced is not None else ""
    return f"{'' if found.exact else 'at most '}{money(found.amount)} {currency}".rstrip()


def bar(share: float, cells: int) -> tuple[str, str]:
    """Return the full and the empty part of a bar."""
    full = max(0, min(cells, round(share * cells)))
    return "▰" * full, "▱" * (cells - full)


def gigabytes(amount: float) -> str:
    """Return an amount of memory: ``16 GB``, ``20.1 GB``."""
    return f"{amount:.0f} GB" if amount == int(amount) else f"{amount:.1f} GB"
