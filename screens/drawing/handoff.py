"""Hand-off: what is true of a Sovereign that is ready, and what is not there yet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.facts import State
from screens.drawing.rows import Row, Rows
from screens.drawing.values import ago, money, short, spent, with_vat

if TYPE_CHECKING:
    from provisioner.view import View

COLUMN = 18


def page(view: View, now: datetime, width: int) -> Rows:
    """Return the page; every line stands in the journal."""
    lines = view.components.values()
    healthy = [line for line in lines if line.state is State.HEALTHY]
    rows = [_title(view, len(healthy), now), Row()]
    rows += _reach(view, width)
    rows += [Row(), *_cost(view, now)]
    rows += [Row(), *_inside(view, width)]
    broken = [n for n, line in view.components.items() if line.state is not State.HEALTHY]
    if broken:
        said = f"Not healthy now: {', '.join(broken)}"
        rows += [Row(), Row(" ").add("! ", "warn").add(said, "warn").cut(width - 1)]
    return rows


def _title(view: View, healthy: int, now: datetime) -> Row:
    whole = healthy == len(view.components) and view.components
    row = Row(" ").add("✓ " if whole else "! ", "ok" if whole else "warn")
    said = f"{view.fqdn} is ready" if whole else f"{view.fqdn} was ready"
    row.add(said, "title").add(f"   {healthy} of {len(view.components)} components healthy")
    since = ago(view.ready_at, now)
    return row.add(f", since {since}" if since else "", "quiet")


def _line(name: str, value: str, width: int, role: str = "") -> Row:
    return Row("   ").add(name, "quiet").to(COLUMN).add(value, role).cut(width - 1)


def _reach(view: View, width: int) -> Rows:
    rows = []
    balancer = (view.outputs.get("load_balancer") or {}).get("ipv4")
    rows.append(_line("Console", f"https://console.{view.fqdn}", width, "strong"))
    if balancer:
        rows.append(_line("Load balancer", str(balancer), width))
    for name, node in view.nodes.items():
        if node.fingerprint:
            rows.append(_line("SSH host key", f"{name}  {node.fingerprint}", width))
    return rows


def _cost(view: View, now: datetime) -> Rows:
    plan = view.confirmed
    if plan is None:
        return []
    price = plan.price
    month = f"{money(price.monthly)} {price.currency} net, "
    month += f"{with_vat(price.monthly, price.vat_rate)} with {short(price.vat_rate)} % VAT"
    total = f"{spent(price.hourly, view.rented_since, now)} {price.currency} net"
    return [_line("Per month", month, 200), _line("Spent so far", total, 200)]


def _inside(view: View, width: int) -> Rows:
    ready = sum(node.ready is True for node in view.nodes.values())
    rows = [
        _line(
            "Kubernetes",
            f"{view.kubernetes or 'unknown'}, {ready} node{'' if ready == 1 else 's'} ready",
            width,
        )
    ]
    names = list(view.components)
    for at in range(0, len(names), 4):
        title = "Components" if at == 0 else ""
        rows.append(_line(title, ", ".join(names[at : at + 4]), width))
    return rows
