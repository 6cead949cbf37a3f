"""Difference: how the plan that would go on stands to the one that was confirmed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from provisioner.phases.difference import beside_types, moved
from screens.drawing.kinds import kind_name, kinds_name
from screens.drawing.review import finding_rows, joined, plan_rows, standing_row
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import money, with_vat
from screens.losses import LOST

if TYPE_CHECKING:
    from provisioner.events import PlanCompared, PlanSaved
    from provisioner.facts import Retyped
    from provisioner.view import View

DOES = {
    "create": ("+", "warn", "is created"),
    "update": ("!", "warn", "is changed"),
    "replace": ("✗", "bad", LOST["replace"]),
    "delete": ("✗", "bad", LOST["delete"]),
    "forget": ("!", "warn", "is forgotten: it stays rented, and nobody looks after it"),
}
EDGE, PRICE = 77, 10
"""Where numbers end, and the room that is left for one."""


def difference_rows(view: View, plan: PlanSaved, width: int, height: int) -> Rows:
    """Return what the plan does beyond what was confirmed, and what it costs beside that."""
    compared = view.compared
    price = price_rows(view, plan, width)
    rows = [Row(" ").add("! The plan needs your word before it goes on", "warn")]
    if view.remedy is not None:
        said = f"{view.remedy.what} {view.remedy.means}"
        rows += wrapped(said, width - 2, indent=3, most=4)
    stands = standing_row(view, plan, width)
    rows += [stands, Row()] if stands is not None else [Row()]
    room = max(height - len(rows) - len(price) - 1, 3)
    if compared is None:
        rows += plan_rows(plan, view.fqdn, width, room)
    else:
        rows += _beyond(compared, width, room)
    return [*rows, Row(), *price, *finding_rows(view.findings, width)][:height]


def _beyond(compared: PlanCompared, width: int, room: int) -> Rows:
    done = f"{compared.left} of {compared.of} confirmed changes are still to be made"
    rows = [Row(" ").add("Beyond what you confirmed", "title").right(done, width - 1, "quiet")]
    for change in beside_types(compared):
        glyph, role, said = DOES.get(change.action, ("!", "warn", change.action))
        row = Row("   ").add(f"{glyph} ", role)
        rows.append(row.add(f"{kind_name(change.kind)} {change.name} {said}").cut(width - 1))
    for each in compared.retyped:
        rows += _retyped(each, width)
    if not compared.beyond and not compared.retyped:
        dearer = not compared.monthly_difference or Decimal(compared.monthly_difference) > 0
        said = "only the price is another" if dearer else "what was taken down is built again"
        rows.append(Row("   ").add(f"Nothing: {said}.", "quiet"))
    if len(rows) > room:
        hidden = len(rows) - room + 1
        rows = [*rows[: room - 1], Row("   ").add(f"and {hidden} more", "quiet")]
    return rows


def _retyped(each: Retyped, width: int) -> Rows:
    """Return which resources come as what instead, and what that costs more a month."""
    was, becomes = moved(each)
    one, edge = len(each.names) == 1, min(EDGE, width - 2)
    who = f"{kind_name(each.kind) if one else kinds_name(each.kind)} {joined(each.names)}"
    does = f"{'is' if one else 'are'} changed from {was} to {becomes}"
    if not each.exists:
        does = f"{'comes' if one else 'come'} as {becomes} instead of {was}"
    cost = Decimal(each.monthly_difference or 0)
    price = f"{'+' if cost > 0 else ''}{money(cost)}" if each.monthly_difference else ""
    role = "warn" if cost > 0 else "ok"
    row = Row("   ").add("! ", "warn")
    if row.width + len(who) + len(does) + 2 <= edge - PRICE:
        return [row.add(f"{who} {does}").right(price, edge, role)]
    more = wrapped(does, edge - 1, indent=5, most=2)
    return [row.add(who, most=edge - PRICE - row.width).right(price, edge, role), *more]


def price_rows(view: View, plan: PlanSaved, width: int) -> Rows:
    """Return what was confirmed, what the plan costs, and the difference, one below the other."""
    edge = min(EDGE, width - 2)
    head = Row(" ").add("Per month, net", "title")
    rows = [head.right(plan.price.currency, edge, "quiet")]
    before = view.confirmed.price if view.confirmed is not None else None
    if before is not None and before.currency == plan.price.currency:
        rows.append(Row("   ").add("as confirmed").right(money(before.monthly), edge))
    gross = with_vat(plan.price.monthly, plan.price.vat_rate)
    row = Row("   ").add("with this plan", "strong").add(f"   {gross} with VAT", "quiet")
    rows.append(row.right(money(plan.price.monthly), edge, "strong"))
    if before is not None and before.currency == plan.price.currency:
        more = Decimal(plan.price.monthly) - Decimal(before.monthly)
        said = f"{'+' if more > 0 else ''}{money(more)}"
        rows.append(Row("   ").add("difference").right(said, edge, "warn" if more > 0 else "ok"))
    return rows
