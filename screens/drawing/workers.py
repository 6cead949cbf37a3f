"""Worker pools, one line each."""

from __future__ import annotations

from typing import Any

from screens.drawing.rows import Row


def pool_row(pool: dict[str, Any]) -> Row:
    """Return one pool, to stand behind the mark of the chosen row."""
    row = Row(" ").add(str(pool.get("name", "?"))).to(18)
    row.add(f"{pool.get('count', '?')} x {pool.get('type') or '?'}").to(36)
    row.add(str(pool.get("location") or "control plane's location"), "quiet").to(62)
    return row.add("ingress" if pool.get("ingress") else "")
