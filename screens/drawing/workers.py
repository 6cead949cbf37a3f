"""Worker pools, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from screens.drawing.rows import Row
from screens.drawing.sizing import offered
from screens.drawing.values import gigabytes, money

if TYPE_CHECKING:
    from screens.ports import Market

NAMED = 4
"""Types that are named where none was typed yet."""


def pool_row(pool: dict[str, Any]) -> Row:
    """Return one pool, to stand behind the mark of the chosen row."""
    row = Row(" ").add(str(pool.get("name", "?"))).to(18)
    row.add(f"{pool.get('count', '?')} x {pool.get('type') or '?'}").to(36)
    row.add(str(pool.get("location") or "control plane's location"), "quiet").to(62)
    return row.add("ingress" if pool.get("ingress") else "")


def type_said(market: Market | None, site: str, typed: str) -> tuple[str, bool]:
    """Return what a typed server type is in a location, and whether it can be had there."""
    if market is None:
        return "", True
    known = {kind.name: kind for kind in offered(market, site, "", "price")}
    kind = known.get(typed)
    if kind is None:
        here = [k for k in known.values() if site in k.stock]
        close = [k for k in here if typed in k.name] or here
        names = ", ".join(f"{k.name} {money(k.monthly[site])}" for k in close[:NAMED])
        return f"In {site} there are {names or 'none in stock'}.", not typed
    has = f"{kind.cores} cores, {gigabytes(kind.memory)}, {money(kind.monthly[site])} a month net"
    stock = "" if site in kind.stock else f", but no stock in {site} now"
    return f"{has}{stock}.", not stock
