"""Review: the plan by action, what would be lost first and in words, and the exact price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from screens.drawing.kinds import RENTED, kind_name, kinds_name
from screens.drawing.rows import Row, Rows, wrapped
from screens.drawing.values import money, short, with_vat
from screens.losses import losses

if TYPE_CHECKING:
    from provisioner.events import PlanSaved
    from provisioner.facts import Change, Finding, Price

HASH = 4
"""Characters of the plan's hash that are typed to agree to it."""
ACTION, KIND, EACH, ALL = 3, 13, 62, 77
_ORDER = ("delete", "replace", "update", "create", "forget")

_SPOKEN = {"ipv4": "IPv4", "ipv6": "IPv6"}
"""Types that say by themselves what kind they are of."""


def plan_rows(plan: PlanSaved, fqdn: str, width: int, height: int) -> Rows:
    """Return the plan by action, in at most ``height`` rows."""
    changes = [each for each in plan.changes if each.action in _ORDER]
    counts = {action: sum(c.action == action for c in changes) for action in _ORDER}
    row = Row(" ").add(f"Plan {plan.sha256[:12]}", "strong").add("   ")
    row.add(f"{counts['create']} to create   {counts['update']} to change   ")
    lost = counts["delete"] + counts["replace"]
    said = f"✗ {lost} to delete or replace" if lost else "nothing is deleted"
    row.add(said, "bad" if lost else "")
    rows = [row.cut(width - 1)]
    for said in losses(changes):
        rows += _marked("✗", "bad", said, width)
    for action in ("update", "create", "forget"):
        rows += _by_kind(action, [c for c in changes if c.action == action], width)
    if len(rows) > height:
        more = f"and more; see catalyst plan {fqdn} --json"
        rows = [*rows[: height - 1], Row("   ").add(more, "quiet")]
    return rows


def _by_kind(action: str, changes: Sequence[Change], width: int) -> Rows:
    kinds: dict[str, list[str]] = {}
    for change in changes:
        kinds.setdefault(change.kind, []).append(change.name)
    single = {kind: names for kind, names in kinds.items() if len(names) == 1}
    rows = []
    for kind, names in sorted(kinds.items(), key=lambda pair: _weight(pair[0])):
        if kind in single:
            continue
        title = f"{len(names)} {kinds_name(kind)}"
        rows.append(Row(" " * KIND).add(title).to(KIND + 14).add(_joined(names), "quiet"))
    if single:
        listed = ", ".join(kind_name(kind) for kind in sorted(single, key=_weight))
        rows += wrapped(listed, width - 2, indent=KIND, most=2)
    if rows:
        rows[0] = Row(" " * ACTION).add(action).to(KIND).add(rows[0].plain.strip())
    return [row.cut(width - 1) for row in rows]


def _weight(kind: str) -> int:
    """Return the place of a kind in a list: what costs money first."""
    return RENTED.index(kind) if kind in RENTED else len(RENTED)


def _joined(names: Sequence[str]) -> str:
    """Return names with their common beginning said once."""
    first = names[0]
    cut = max(first.rfind("-"), first.rfind(" ")) + 1
    if cut and all(name.startswith(first[:cut]) for name in names):
        return ", ".join([first, *(name[cut:] for name in names[1:])])
    return ", ".join(names)


def price_rows(price: Price, width: int) -> Rows:
    """Return each thing that is rented with its price, the sum, and the sum with VAT."""
    edge = min(ALL, width - 2)
    each = edge - 15
    head = Row(" ").add("Per month, net", "strong").right("each", each, "quiet")
    rows = [head.right(price.currency, edge, "quiet")]
    for line in sorted(price.lines, key=lambda each: _weight(each.kind)):
        kind = _SPOKEN.get(line.type) or f"{kind_name(line.kind)} {line.type}"
        row = Row(" " * ACTION).add(f"{line.count} x ").add(kind)
        row.right(money(line.monthly), each).right(money(Decimal(line.monthly) * line.count), edge)
        rows.append(row)
    total = Row(" " * ACTION).add("together", "strong")
    gross = with_vat(price.monthly, price.vat_rate)
    total.add(f"   {gross} with {short(price.vat_rate)} % VAT", "quiet")
    total.add(f" · {Decimal(price.hourly):.3f} an hour net", "quiet")
    rows.append(total.right(money(price.monthly), edge, "strong"))
    return rows


def finding_rows(findings: Sequence[Finding], width: int) -> Rows:
    """Return what preflight found, what blocks first, each with its remedy."""
    rows: Rows = []
    for each in sorted(findings, key=lambda found: found.severity != "blocking"):
        blocking = each.severity == "blocking"
        name = f"{each.field}: " if each.field else ""
        glyph, role = ("✗", "bad") if blocking else ("!", "warn")
        rows += _marked(glyph, role, f"{name}{each.reason} {each.remedy}", width)
    return rows


def _marked(glyph: str, role: str, text: str, width: int) -> Rows:
    rows = wrapped(text, width - 2, indent=5, most=4)
    if rows:
        rows[0] = Row("   ").add(f"{glyph} ", role).add(rows[0].plain.strip())
    return rows
